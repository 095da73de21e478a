package example.tickets.booking;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

import example.tickets.booking.Places.Gate;
import example.tickets.booking.Places.Head;
import example.tickets.booking.Places.Issued;

/**
 * Decides who is let in. Somebody is in if the place is not beyond the gate's last one: that is a comparison and no event, so nobody is let in
 * twice or forgotten, whatever is restarted. The gate opens by the show's rate, with {@link #BURST} at most at once, and not beyond the window.
 */
final class Admission {

    /** How much unused time can let people in, later and at once: replicas are not punctual. */
    static final Duration BURST = Duration.ofSeconds(2);

    /** How long the window waits, at least, for people who were let in and do not ask: many leave a queue without a word. Twice of it at most. */
    static final Duration NO_SHOW = Duration.ofSeconds(15);

    /** A gate with people behind it that does not even get a new mark for so long is not looked after. */
    private static final Duration ABANDONED = NO_SHOW.multipliedBy(2);

    private Admission() {}

    /** Whether the gate may have to move, and here. It costs a read of everybody who is in to find out. */
    static boolean isDue(Gate gate, Head head, Show.Queue queue, String region, Instant now) {
        return gate.admitted() < head.last()
                && (byRate(gate, queue, now) > 0 || isPast(gate.markedAt(), NO_SHOW, now))
                && isFor(region, gate, head, now);
    }

    /**
     * The region that moved the gate last moves it on: in the others the tables are copies, and whoever moves a copy too lets in twice as many. Another
     * one takes over from a region that is gone: at first the one that people join in.
     */
    private static boolean isFor(String region, Gate gate, Head head, Instant now) {
        return gate.region().equals(region)
                || isPast(gate.markedAt(), ABANDONED, now)
                        && (head.region().equals(region) || isPast(head.at(), ABANDONED, now));
    }

    private static boolean isPast(Instant instant, Duration time, Instant now) {
        return !now.isBefore(instant.plus(time));
    }

    /**
     * The gate's next state, or the same one.
     *
     * @param region where this is
     * @param issued who knows of being let in, above {@code gate.out()}
     */
    static Gate next(Gate gate, Head head, List<Issued> issued, Show.Queue queue, String region, Instant now) {
        Duration marked = Duration.between(gate.markedAt(), now);
        boolean renew = marked.compareTo(NO_SHOW) >= 0;
        long admitted = gate.admitted();
        long known = gate.known();
        if (renew) {
            known = marked.compareTo(NO_SHOW.multipliedBy(2)) >= 0 ? admitted : gate.mark();
        }
        boolean gap = admitted + 1 >= head.gap() - Numbering.GAP && admitted + 1 < head.gap();
        if (gap) {
            // Hardly anybody is in there. Who is comes in, and nobody is waited for.
            admitted = head.gap() - 1;
            known = admitted;
        }
        long absent = admitted - known;
        long in = 0;
        long out = known;
        for (Issued one : issued) {
            if (one.place() > known) {
                absent--;
            }
            if (one.isIn(now)) {
                in++;
                out = Math.min(out, one.place() - 1);
            }
        }
        long room = Math.min(queue.window() - in - absent, head.last() - admitted);
        long count = Math.max(0, Math.min(byRate(gate, queue, now), room));
        if (count == 0 && !renew && !gap) {
            return gate;
        }
        // Rounded up, so that nobody comes in for the time of another.
        Duration used = Duration.ofMillis((count * 1000 + queue.perSecond() - 1) / queue.perSecond());
        return new Gate(
                gate.version() + 1,
                region,
                admitted + count,
                count == 0 ? gate.earned() : earned(gate, now).plus(used),
                Math.max(gate.out(), out),
                known,
                renew ? admitted : Math.max(known, gate.mark()),
                renew ? now : gate.markedAt());
    }

    private static long byRate(Gate gate, Show.Queue queue, Instant now) {
        // Negative where another replica's clock is ahead: it has let in people for this time already.
        return Duration.between(earned(gate, now), now).toMillis() * queue.perSecond() / 1000;
    }

    private static Instant earned(Gate gate, Instant now) {
        Instant earliest = now.minus(BURST);
        return gate.earned().isBefore(earliest) ? earliest : gate.earned();
    }
}
