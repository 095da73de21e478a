package example.tickets.booking;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * Keeps holds and bookings. All methods may be called at the same time. Each is one conditional write of one seat, and callers bring ids
 * and time, so that any database with such a write can stand behind this.
 */
interface Bookings {

    /**
     * Places the wanted hold. If the same holder has a living hold of the seat, or has booked it, the earlier hold stands, unchanged.
     *
     * @throws Refusal CONFLICT if the seat is booked or held by another holder
     */
    Kept<Hold> hold(Hold wanted, Instant now);

    /**
     * Turns a living hold into a booking with the given id. The same hold again gives the same booking, at any time.
     *
     * @throws Refusal NOT_FOUND if there is no such hold of this holder, CONFLICT if it has expired
     */
    Kept<Booking> book(String hold, String holder, String id, Instant now);

    Optional<Booking> find(String id);

    /** The seats of a show that are not free. */
    Map<String, SeatState> taken(String show, Instant now);
}
