package example.tickets.booking;

import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;

/**
 * The bookings that are not announced yet. A booking is written together with the mark that it is one of them: there is no moment at which
 * a crash could leave the one without the other.
 */
interface Outbox {

    /** Some of those that were booked before the given time, in this region, the oldest first. It may give one that was announced a moment ago. */
    List<Sale> pending(Instant before);

    /** The other services know of the booking. */
    void told(Booking booking);

    /** All bookings since the given time, announced or not, of all regions. */
    Stream<Sale> since(Instant since, Instant now);
}
