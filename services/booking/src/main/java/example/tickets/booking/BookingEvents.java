package example.tickets.booking;

/** Announces to the other services what happened. All methods may be called at the same time. */
interface BookingEvents {

    /**
     * Announces that a seat was booked: at least once, so listeners know a booking by its id. It is called for every request, also for one that is
     * repeated: the first may have ended between the booking and its event.
     *
     * @param request the id of the request that led to it
     */
    void booked(Kept<Booking> booking, String request);
}
