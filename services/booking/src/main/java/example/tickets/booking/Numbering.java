package example.tickets.booking;

import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

import example.tickets.booking.Places.Head;

/**
 * Gives places in the order of a log. A place is a function of the log and of the head that it is folded onto, so a crash at any moment, or a
 * replica that goes on without knowing that another took over, comes to the same numbers: first the places are written, then, in one conditional
 * write, how far the numbering has come.
 */
final class Numbering {

    /**
     * How many numbers are left out when another region goes on with a queue: the copy of its head may be older than the copies of its places.
     * A hole harms nobody, a number twice would.
     */
    static final int GAP = 1000;

    private static final int ATTEMPTS = 3;

    private final Places places;
    private final String region;

    /** A wish to wait, and where it is in the log. */
    record Join(long offset, String id) {}

    Numbering(Places places, String region) {
        this.places = places;
        this.region = region;
    }

    /**
     * Numbers a stretch of a log, all of it of one show. What was numbered before is left as it is.
     *
     * @param end the offset behind the last record of the log in this moment
     * @param now when this is
     * @return how many places it gave
     */
    int fold(String show, int partition, List<Join> joins, LongSupplier end, Instant now) {
        String log = region + "/" + partition;
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            // Read each time: a head of before another replica had the partition would leave out what that one numbered.
            Head head = places.head(show);
            List<Join> fresh = fresh(joins, head.offset(log), end);
            if (fresh.isEmpty()) {
                return 0;
            }
            Map<String, Long> numbers = numbers(head, fresh);
            places.number(numbers);
            Map<String, Long> offsets = new HashMap<>(head.offsets());
            offsets.put(log, fresh.get(fresh.size() - 1).offset() + 1);
            long first = first(head);
            Head after = new Head(
                    head.version() + 1,
                    first + numbers.size(),
                    region,
                    now,
                    first == head.next() ? head.gap() : first,
                    Map.copyOf(offsets));
            if (places.replace(show, after)) {
                return numbers.size();
            }
        }
        throw new IllegalStateException("numbering: another replica numbers the same queue");
    }

    private static List<Join> fresh(List<Join> joins, long offset, LongSupplier end) {
        boolean known = joins.get(0).offset() < offset;
        if (known && offset > end.getAsLong()) {
            // The log was made anew: what is in it now is not numbered.
            return joins;
        }
        return joins.stream().filter(join -> join.offset() >= offset).toList();
    }

    private long first(Head head) {
        return head.version() == 0 || head.region().equals(region) ? head.next() : head.next() + GAP;
    }

    private Map<String, Long> numbers(Head head, List<Join> joins) {
        long first = first(head);
        Map<String, Long> before = places.numbered(joins.stream().map(Join::id).distinct().toList());
        Map<String, Long> numbers = new LinkedHashMap<>();
        for (Join join : joins) {
            // From the first number on, it is what a replica wrote that got no further.
            boolean has = before.getOrDefault(join.id(), first) < first;
            if (!has && !numbers.containsKey(join.id())) {
                numbers.put(join.id(), first + numbers.size());
            }
        }
        return numbers;
    }
}
