package example.tickets.booking;

import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import example.tickets.booking.Places.Head;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives places in the order of a log. A log can lose its end, and have others there later, so places do not depend on it twice: one conditional write
 * of the head says who is about to get which numbers, then the places are written, and another write says that they are. Whoever finds
 * numbers that were begun goes on with them, after a crash at any moment, or beside a replica that does not know that another took over.
 */
final class Numbering {

    /**
     * How many numbers are left out when another region goes on with a queue: the copy of its head may be older than the copies of its places.
     * A hole harms nobody, a number twice would.
     */
    static final int GAP = 1000;

    private static final Logger logger = LoggerFactory.getLogger(Numbering.class);
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
     * Numbers a stretch of a log, all of it of one show. Who has a place keeps it.
     *
     * @param now when this is
     * @return how many places it gave
     */
    int fold(String show, int partition, List<Join> joins, Instant now) {
        String log = region + "/" + partition;
        int given = 0;
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            // Read each time: another replica may have had the partition.
            Head head = places.head(show);
            Head settled = settle(head);
            List<Join> fresh = fresh(joins, settled);
            if (fresh.isEmpty()) {
                if (settled == head || places.replace(show, settled)) {
                    return given;
                }
                continue;
            }
            Head begun = begin(head, settled, fresh, now);
            if (!places.replace(show, begun)) {
                continue;
            }
            given += fresh.size();
            if (fresh.get(0).offset() < head.offset(log)) {
                logger.atWarn()
                        .addKeyValue("show", show)
                        .addKeyValue("log", log)
                        .addKeyValue("numbered", head.offset(log))
                        .addKeyValue("offset", fresh.get(0).offset())
                        .log("the log of a queue was cut, or places are lost: joins before those that were numbered get places now");
            }
            if (places.replace(show, upTo(settle(begun), log, joins.get(joins.size() - 1).offset() + 1))) {
                return given;
            }
        }
        throw new IllegalStateException("numbering: another replica numbers the same queue");
    }

    /** Gives the numbers that are begun. Returns the head after that, or the same one if there are none. */
    private Head settle(Head head) {
        if (head.begun().isEmpty()) {
            return head;
        }
        Map<String, Long> numbers = new LinkedHashMap<>();
        head.begun().forEach(id -> numbers.put(id, head.next() + numbers.size()));
        places.number(numbers);
        return new Head(
                head.version() + 1,
                head.next() + numbers.size(),
                head.region(),
                head.at(),
                head.gap(),
                head.offsets());
    }

    /** Only now: the release before this one reads what is begun from the log again, and leaves out what it takes for numbered. */
    private static Head upTo(Head head, String log, long offset) {
        Map<String, Long> offsets = new HashMap<>(head.offsets());
        offsets.put(log, offset);
        return new Head(head.version(), head.next(), head.region(), head.at(), head.gap(), Map.copyOf(offsets));
    }

    private Head begin(Head head, Head settled, List<Join> fresh, Instant now) {
        long first = first(settled);
        return new Head(
                head.version() + 1,
                first,
                region,
                now,
                first == settled.next() ? settled.gap() : first,
                settled.offsets(),
                fresh.stream().map(Join::id).toList());
    }

    private long first(Head head) {
        return head.version() == 0 || head.region().equals(region) ? head.next() : head.next() + GAP;
    }

    /** Those who have no place, each once. */
    private List<Join> fresh(List<Join> joins, Head head) {
        long first = first(head);
        Map<String, Join> wanted = new LinkedHashMap<>();
        joins.forEach(join -> wanted.putIfAbsent(join.id(), join));
        places.numbered(wanted.keySet()).forEach((id, place) -> {
            // From the first number on, it is what a release before this one wrote without saying so, and got no further.
            if (place < first) {
                wanted.remove(id);
            }
        });
        return List.copyOf(wanted.values());
    }
}
