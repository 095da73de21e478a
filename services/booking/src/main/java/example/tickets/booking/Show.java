package example.tickets.booking;

import java.time.OffsetDateTime;
import java.util.List;
import java.util.stream.IntStream;

/** A performance with numbered seats: rows from A, and in each row seats from 1, as in {@code A-1}. */
record Show(String id, String title, String venue, OffsetDateTime startsAt, int rows, int seatsPerRow) {

    Show {
        if (rows < 1 || rows > 26 || seatsPerRow < 1 || seatsPerRow > 100) {
            throw new IllegalArgumentException(
                    "show %s: %d rows of %d seats were given, allowed are 1 to 26 rows of 1 to 100"
                            .formatted(id, rows, seatsPerRow));
        }
    }

    /** All seats, from the first row to the last. */
    List<String> seats() {
        return IntStream.range(0, rows * seatsPerRow)
                .mapToObj(n -> (char) ('A' + n / seatsPerRow) + "-" + (n % seatsPerRow + 1))
                .toList();
    }
}
