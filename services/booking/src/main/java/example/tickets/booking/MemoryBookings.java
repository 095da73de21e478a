package example.tickets.booking;

import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Keeps holds and bookings for as long as the process lives. A seat has one hold at most, the latest, so that there are never more
 * entries than seats.
 */
final class MemoryBookings implements Bookings {

    private final Map<String, Map<String, Seat>> shows = new HashMap<>();
    private final Map<String, Seat> byHold = new HashMap<>();
    private final Map<String, Booking> byId = new HashMap<>();

    /** A seat that somebody asked for; hold and booking are null until there is one. */
    private static final class Seat {
        private Hold hold;
        private Booking booking;

        SeatState state(Instant now) {
            if (booking != null) {
                return SeatState.BOOKED;
            }
            return hold != null && hold.bars(now) ? SeatState.HELD : SeatState.FREE;
        }
    }

    @Override
    public synchronized Kept<Hold> hold(Hold wanted, Instant now) {
        Seat seat = shows.computeIfAbsent(wanted.show(), show -> new HashMap<>())
                .computeIfAbsent(wanted.seat(), name -> new Seat());
        SeatState state = seat.state(now);
        boolean own = seat.hold != null && seat.hold.holder().equals(wanted.holder());
        if (own && (seat.booking != null || seat.hold.livesAt(now))) {
            return new Kept<>(seat.hold, false);
        }
        if (!own && state != SeatState.FREE) {
            throw new Refusal(
                    Refusal.Reason.CONFLICT,
                    state == SeatState.BOOKED ? "seat: is booked" : "seat: is held by somebody else");
        }
        if (seat.hold != null) {
            byHold.remove(seat.hold.id());
        }
        seat.hold = wanted;
        byHold.put(wanted.id(), seat);
        return new Kept<>(wanted, true);
    }

    @Override
    public synchronized Kept<Booking> book(String hold, String holder, String id, Instant now, String request) {
        Seat seat = byHold.get(hold);
        // One answer to both, so that nobody learns of the holds of others.
        if (seat == null || !seat.hold.holder().equals(holder)) {
            throw new Refusal(Refusal.Reason.NOT_FOUND, "hold: this holder has no such hold");
        }
        if (seat.booking != null) {
            return new Kept<>(seat.booking, false);
        }
        if (!seat.hold.livesAt(now)) {
            throw new Refusal(Refusal.Reason.CONFLICT, "hold: has expired");
        }
        seat.booking = new Booking(id, hold, seat.hold.show(), seat.hold.seat(), holder, now);
        byId.put(id, seat.booking);
        return new Kept<>(seat.booking, true);
    }

    @Override
    public synchronized Optional<Booking> find(String id) {
        return Optional.ofNullable(byId.get(id));
    }

    @Override
    public synchronized Map<String, SeatState> taken(String show, Instant now) {
        Map<String, SeatState> taken = new HashMap<>();
        shows.getOrDefault(show, Map.of()).forEach((name, seat) -> {
            SeatState state = seat.state(now);
            if (state != SeatState.FREE) {
                taken.put(name, state);
            }
        });
        return taken;
    }
}
