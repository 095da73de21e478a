package example.tickets.booking;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Remembers events, and can fail. */
final class RecordedEvents implements BookingEvents {

    final List<Booking> booked = new CopyOnWriteArrayList<>();
    volatile RuntimeException failure;

    @Override
    public void booked(Kept<Booking> booking, String request) {
        if (failure != null) {
            throw failure;
        }
        booked.add(booking.value());
    }
}
