package example.tickets.booking;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Remembers events, and can be out of order. */
final class RecordedEvents implements BookingEvents {

    final List<Booking> booked = new CopyOnWriteArrayList<>();
    volatile boolean broken;

    @Override
    public void booked(Booking booking) {
        if (broken) {
            throw new IllegalStateException("connect to broker at 10.0.0.1 as admin");
        }
        booked.add(booking);
    }
}
