package example.tickets.booking;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * Keeps holds and bookings. All methods may be called at the same time, by any number of replicas whose clocks differ. Each is one conditional
 * write of one seat, and callers bring time and ids, which name the seat: see {@link SeatId}.
 */
interface Bookings {

    /**
     * Places the wanted hold. If the same holder has a living hold of the seat, or has booked it, the earlier hold stands, unchanged.
     *
     * @throws Refusal CONFLICT if the seat is booked, or another holder's hold {@link Hold#bars} it
     */
    Kept<Hold> hold(Hold wanted, Instant now);

    /**
     * Turns a living hold into a booking with the given id. The same hold again gives the same booking, at any time.
     *
     * @param request the id of the request, for whoever hears of the booking
     * @throws Refusal NOT_FOUND if there is no such hold of this holder, CONFLICT if it has expired
     */
    Kept<Booking> book(String hold, String holder, String id, Instant now, String request);

    Optional<Booking> find(String id);

    /** The seats of a show that are not free. They may be a second old. */
    Map<String, SeatState> taken(String show, Instant now);
}
