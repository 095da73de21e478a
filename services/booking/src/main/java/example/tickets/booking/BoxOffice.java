package example.tickets.booking;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What people can do here. Every request can be repeated: it gets the same answer, and nothing happens twice. */
final class BoxOffice {

    private static final Logger log = LoggerFactory.getLogger(BoxOffice.class);

    private final Shows shows;
    private final Bookings bookings;
    private final WaitingQueue queue;
    private final QueueKey key;
    private final BookingEvents events;
    private final Clock clock;
    private final Duration holdFor;

    BoxOffice(
            Shows shows,
            Bookings bookings,
            WaitingQueue queue,
            QueueKey key,
            BookingEvents events,
            Clock clock,
            Duration holdFor) {
        this.shows = shows;
        this.bookings = bookings;
        this.queue = queue;
        this.key = key;
        this.events = events;
        this.clock = clock;
        this.holdFor = holdFor;
    }

    /** A show and which of its seats are not free. */
    record Availability(Show show, Map<String, SeatState> taken) {}

    /**
     * Somebody's turn in the queue of a show.
     *
     * @param token what lets the holder hold seats, or null
     */
    record Place(String id, Show show, Turn turn, String token) {}

    List<Availability> availabilities() {
        Instant now = now();
        return shows.all(now).stream().map(show -> new Availability(show, bookings.taken(show.id(), now))).toList();
    }

    Availability availability(String id) {
        Instant now = now();
        return new Availability(show(id, now), bookings.taken(id, now));
    }

    /**
     * Holds a seat.
     *
     * @param token what {@link #place} gave, if the show has a queue
     */
    Kept<Hold> hold(String showId, String seat, String holder, String token) {
        Instant now = now();
        Show show = show(showId, now);
        if (!show.seats().contains(seat)) {
            throw new Refusal(Refusal.Reason.NOT_FOUND, "seat: this show has no such seat");
        }
        if (show.hasQueue()) {
            key.check(token, showId, holder, now);
        }
        String id = new SeatId(showId, seat).newId();
        return bookings.hold(new Hold(id, showId, seat, holder, now.plus(holdFor)), now);
    }

    Kept<Booking> book(String hold, String holder, String request) {
        SeatId seat = SeatId.of(hold)
                .orElseThrow(() -> new Refusal(Refusal.Reason.NOT_FOUND, "hold: this holder has no such hold"));
        Instant now = now();
        Kept<Booking> booking = bookings.book(hold, holder, seat.newId(), now, request);
        events.booked(booking, request);
        if (booking.created()) {
            leave(seat.show(), holder, now);
        }
        return booking;
    }

    Booking booking(String id, Caller caller) {
        // Of somebody else's it is not even said that it is there.
        return bookings.find(id).filter(booking -> caller.mayRead(booking.holder())).orElseThrow(() -> new Refusal(Refusal.Reason.NOT_FOUND, "id: no such booking"));
    }

    /** Joins the queue of a show, and gives the id of the place. */
    String join(String showId, String holder, String request) {
        Show show = show(showId, now());
        if (!show.hasQueue()) {
            throw new Refusal(Refusal.Reason.CONFLICT, "show: has no queue; hold a seat with POST /holds");
        }
        String id = key.id(showId, holder);
        queue.join(showId, id, request);
        return id;
    }

    Place place(String id, Caller caller) {
        Instant now = now();
        String showId = QueueKey.showOf(id);
        return shows.find(showId, now)
                .filter(show -> caller.subject().map(own -> key.id(showId, own).equals(id)).orElse(true))
                .flatMap(show -> queue.turn(show, id, now).map(turn -> new Place(
                        id,
                        show,
                        turn,
                        turn.state() == Turn.State.ADMITTED ? key.token(id, turn.place(), turn.until()) : null)))
                .orElseThrow(() -> new Refusal(Refusal.Reason.NOT_FOUND, "id: no such place, or not yet"));
    }

    /** Lets people in whose turn it is. To be called each second or so. One queue that fails does not stop the others. */
    void admit() {
        Instant now = now();
        List<RuntimeException> failures = new ArrayList<>();
        shows.all(now).stream().filter(Show::hasQueue).forEach(show -> {
            try {
                queue.admit(show, now);
            } catch (RuntimeException e) {
                failures.add(e);
            }
        });
        if (!failures.isEmpty()) {
            throw failures.get(0);
        }
    }

    /** Makes room for another one. Without it that one has to wait until this one's time is over, which is no reason to refuse a booking. */
    private void leave(String showId, String holder, Instant now) {
        try {
            shows.find(showId, now).filter(Show::hasQueue).ifPresent(show -> queue.booked(show, key.id(showId, holder)));
        } catch (StoreAway e) {
            log.warn("the queue does not know of a booking");
        }
    }

    private Show show(String id, Instant now) {
        return shows.find(id, now).orElseThrow(() -> new Refusal(Refusal.Reason.NOT_FOUND, "show: no such show"));
    }

    /** Stores keep milliseconds. */
    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MILLIS);
    }
}
