package example.tickets.booking;

import java.util.Optional;

/**
 * What was sold, by the booking's id, written once and never changed. A seat can lose a booking: when a region returns that had sold the seat
 * too, and one of the two writes wins. Here both remain.
 */
interface Sales {

    void put(Sale sale);

    Optional<Booking> find(String id);
}
