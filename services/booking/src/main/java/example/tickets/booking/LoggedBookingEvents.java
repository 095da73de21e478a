package example.tickets.booking;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes events to the log, without the holder: that is personal data. */
final class LoggedBookingEvents implements BookingEvents {

    private static final Logger log = LoggerFactory.getLogger(LoggedBookingEvents.class);

    @Override
    public void booked(Kept<Booking> booking, String request) {
        log.atInfo()
                .addKeyValue("booking", booking.value().id())
                .addKeyValue("show", booking.value().show())
                .addKeyValue("seat", booking.value().seat())
                .log("booked");
    }
}
