package example.tickets.booking;

class MemoryBookingsTest extends BookingsContract {

    private final Bookings bookings = new MemoryBookings();

    @Override
    Bookings bookings() {
        return bookings;
    }
}
