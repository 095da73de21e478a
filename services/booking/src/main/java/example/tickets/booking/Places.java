package example.tickets.booking;

import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What is remembered of waiting queues. All methods may be called at the same time, by any number of replicas. Heads and gates are replaced
 * from the version before, so that of two who read the same one, one wins; everything else is written with the same values whoever writes it.
 */
interface Places {

    /**
     * How far the numbering of a show's queue has come.
     *
     * @param next    the first number that nobody has
     * @param region  where the latest number was given
     * @param at      when it was
     * @param gap     the first number behind the last gap, see {@link Numbering#GAP}, or 0
     * @param offsets for each log, as in {@code ap-northeast-2/3}, the first record that is not numbered
     * @param begun   ids of those who are being given the numbers from {@code next} on, in this order
     */
    record Head(
            long version, long next, String region, Instant at, long gap, Map<String, Long> offsets, List<String> begun) {

        static final Head NONE = new Head(0, 1, "", Instant.EPOCH, 0, Map.of());

        /** Of a numbering that is at rest. */
        Head(long version, long next, String region, Instant at, long gap, Map<String, Long> offsets) {
            this(version, next, region, at, gap, offsets, List.of());
        }

        /** The last number that somebody has. */
        long last() {
            return next - 1;
        }

        long offset(String log) {
            return offsets.getOrDefault(log, 0L);
        }
    }

    /**
     * How far the places of a show's queue are let in, see {@link Admission}.
     *
     * @param region   where it was moved last
     * @param admitted the last place that is let in
     * @param earned   up to when the time is used up that lets people in
     * @param out      nobody up to this place is in any more
     * @param known    nobody up to this place is waited for any more, who was let in and never came to know of it
     * @param mark     what {@code known} becomes next
     * @param markedAt since when there is this mark
     */
    record Gate(
            long version,
            String region,
            long admitted,
            Instant earned,
            long out,
            long known,
            long mark,
            Instant markedAt) {

        static final Gate SHUT = new Gate(0, "", 0, Instant.EPOCH, 0, 0, 0, Instant.EPOCH);
    }

    /** Somebody who was let in and knows it. */
    record Issued(long place, Instant until, boolean booked) {

        boolean isIn(Instant now) {
            return !booked && now.isBefore(until);
        }
    }

    Head head(String show);

    /** Replaces the head of the version before this one. Returns whether it was still that one. */
    boolean replace(String show, Head head);

    Gate gate(String show);

    /** Replaces the gate of the version before this one. Returns whether it was still that one. */
    boolean replace(String show, Gate gate);

    /** Writes places by id. Whoever repeats it has the same ones. */
    void number(Map<String, Long> places);

    /** The places of those ids that have one, as they are in this moment. */
    Map<String, Long> numbered(Collection<String> ids);

    /** The place of an id. It may be missing for a moment after it was written. */
    Optional<Long> place(String id);

    /** Fixes until when somebody is in, unless it is fixed already. */
    Issued issue(String show, long place, Instant until);

    /** Who was let in and knows it, with a place above the first and up to the last one. */
    List<Issued> issued(String show, long above, long last);

    /** Somebody who was let in has booked. Does nothing if nobody knows of it. */
    void booked(String show, long place);
}
