package example.tickets.booking;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/** Instants as text of one width, to the millisecond: as text they sort as they follow in time, which {@link Instant#toString} does not. */
final class Timestamp {

    private static final DateTimeFormatter FORMAT =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

    private Timestamp() {}

    static String of(Instant instant) {
        return FORMAT.format(instant);
    }

    /** The day in UTC, as in {@code 2027-12-03}. */
    static String day(Instant instant) {
        return of(instant).substring(0, "2027-12-03".length());
    }
}
