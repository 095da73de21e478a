package example.tickets.booking;

/** Tells the other services what happened. All methods may be called at the same time. */
interface BookingEvents {

    /** Tells that a seat was booked: at least once, so listeners know a booking by its id. */
    void booked(Booking booking);
}
