package example.tickets.booking;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** What people can do here. Every request can be repeated: it gets the same answer, and nothing happens twice. */
final class BoxOffice {

    private final Shows shows;
    private final Bookings bookings;
    private final WaitingQueue queue;
    private final BookingEvents events;
    private final Clock clock;
    private final Duration holdFor;

    BoxOffice(
            Shows shows, Bookings bookings, WaitingQueue queue, BookingEvents events, Clock clock, Duration holdFor) {
        this.shows = shows;
        this.bookings = bookings;
        this.queue = queue;
        this.events = events;
        this.clock = clock;
        this.holdFor = holdFor;
    }

    /** A show and which of its seats are not free. */
    record Sale(Show show, Map<String, SeatState> taken) {}

    List<Sale> sales() {
        Instant now = now();
        return shows.all().stream().map(show -> new Sale(show, bookings.taken(show.id(), now))).toList();
    }

    Sale sale(String id) {
        Show show = show(id);
        return new Sale(show, bookings.taken(id, now()));
    }

    Kept<Hold> hold(String showId, String seat, String holder) {
        Show show = show(showId);
        if (!show.seats().contains(seat)) {
            throw new Refusal(Refusal.Reason.NOT_FOUND, "seat: this show has no such seat");
        }
        Instant now = now();
        return bookings.hold(new Hold(newId(), showId, seat, holder, now.plus(holdFor)), now);
    }

    Kept<Booking> book(String hold, String holder) {
        Kept<Booking> booking = bookings.book(hold, holder, newId(), now());
        // Also for a request that is repeated: the first may have ended between the booking and its event.
        events.booked(booking.value());
        return booking;
    }

    Booking booking(String id) {
        return bookings.find(id).orElseThrow(() -> new Refusal(Refusal.Reason.NOT_FOUND, "id: no such booking"));
    }

    Kept<Place> join(String showId, String holder) {
        return queue.join(show(showId).id(), holder, newId());
    }

    Place place(String id) {
        return queue.find(id).orElseThrow(() -> new Refusal(Refusal.Reason.NOT_FOUND, "id: no such place"));
    }

    private Show show(String id) {
        return shows.find(id).orElseThrow(() -> new Refusal(Refusal.Reason.NOT_FOUND, "show: no such show"));
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MILLIS);
    }

    /** 122 random bits: whoever has one id cannot guess another. */
    private static String newId() {
        return UUID.randomUUID().toString();
    }
}
