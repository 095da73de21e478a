package example.tickets.booking;

import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * A performance with numbered seats: rows from A, and in each row seats from 1, as in {@code A-1}.
 *
 * @param queue how people are let in, or null if whoever comes may hold a seat
 */
record Show(String id, String title, String venue, OffsetDateTime startsAt, int rows, int seatsPerRow, Queue queue) {

    /** In the order in which they are to be shown. */
    static final Comparator<Show> ORDER = Comparator.comparing(Show::startsAt).thenComparing(Show::id);

    private static final Pattern ID = Pattern.compile("[a-z0-9-]{1,31}");

    /**
     * How people are let in.
     *
     * @param perSecond how many, at most
     * @param window    how many are in at a time, at most: let in, and neither booked nor gone
     */
    record Queue(int perSecond, int window) {

        Queue {
            if (perSecond < 1 || perSecond > 1000 || window < 1 || window > 10_000) {
                throw new IllegalArgumentException(
                        "queue: %d a second and a window of %d were given, allowed are 1 to 1000 and 1 to 10000"
                                .formatted(perSecond, window));
            }
        }
    }

    Show {
        // People type them.
        title = Fields.composed(title);
        venue = Fields.composed(venue);
        List<String> faults = new ArrayList<>();
        if (!ID.matcher(id).matches()) {
            faults.add("an id of small letters, digits and hyphens, 31 at most");
        }
        if (rows < 1 || rows > 26 || seatsPerRow < 1 || seatsPerRow > 100) {
            faults.add("1 to 26 rows of 1 to 100 seats (given are %d of %d)".formatted(rows, seatsPerRow));
        }
        if (!faults.isEmpty()) {
            throw new IllegalArgumentException("show %s: allowed is %s".formatted(id, String.join(", and ", faults)));
        }
    }

    boolean hasQueue() {
        return queue != null;
    }

    /** All seats, from the first row to the last. */
    List<String> seats() {
        return IntStream.range(0, rows * seatsPerRow)
                .mapToObj(n -> (char) ('A' + n / seatsPerRow) + "-" + (n % seatsPerRow + 1))
                .toList();
    }
}
