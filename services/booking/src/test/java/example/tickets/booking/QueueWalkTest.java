package example.tickets.booking;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.LongStream;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Replicas whose clocks are up to five seconds off number a log, let people in and answer them, in an order that chance makes. Each may end between any
 * two of its calls to the store, and others may come in between. Whatever the order: places are 1 to n in the order of the log, and never change; who is
 * let in stays so, until a time that never changes; and the rate and the window hold.
 */
class QueueWalkTest {

    private static final int STEPS = 500;
    private static final Duration ADMISSION = Duration.ofSeconds(60);
    private static final Duration SKEW = Duration.ofSeconds(5);
    private static final Show SHOW = new Show(
            "hamlet", "Hamlet", "Globe", OffsetDateTime.parse("2027-12-03T19:30:00+09:00"), 2, 3, new Show.Queue(3, 10));

    static LongStream seeds() {
        return LongStream.range(0, 60);
    }

    /** The process ends. */
    private static final class Crash extends RuntimeException {}

    /** What is in a replica's memory goes with its end. */
    private final class Replica {
        private final Duration skew = Duration.ofMillis(random.nextInt(10_001) - SKEW.toMillis());
        private Numbering numbering;
        private Turns turns;
        /** From here on it reads the log. */
        private int position;
        /** Where the log was cut while this one was at it: there its consumer goes on. */
        private int cutAt = Integer.MAX_VALUE;

        Replica() {
            start();
        }

        private void start() {
            Places watched = new WatchedPlaces(places, call -> between());
            numbering = new Numbering(watched, "seoul");
            turns = new Turns(watched, "seoul", ADMISSION, new QueueMeters(new SimpleMeterRegistry()));
            // Anywhere before what the group has committed: that may be old.
            position = Math.min(random.nextInt(log.size() + 1), committed);
        }

        Instant now() {
            return time.plus(skew);
        }

        void step() {
            try {
                switch (random.nextInt(4)) {
                    case 0 -> read();
                    case 1 -> turns.admit(SHOW, now());
                    case 2 -> ask();
                    default -> book();
                }
            } catch (Crash | IllegalStateException e) {
                // The latter if others were faster three times.
                start();
            }
        }

        private void read() {
            int end = Math.min(log.size(), position + 1 + random.nextInt(10));
            List<Numbering.Join> joins = new ArrayList<>();
            for (int offset = position; offset < end; offset++) {
                joins.add(new Numbering.Join(offset, log.get(offset)));
            }
            if (!joins.isEmpty()) {
                // Chance may have it read again within: what is cut then is cut for both.
                int outer = cutAt;
                cutAt = Integer.MAX_VALUE;
                try {
                    numbering.fold("hamlet", 0, joins, now());
                    position = Math.min(end, cutAt);
                } finally {
                    cutAt = Math.min(outer, cutAt);
                }
                committed = Math.max(committed, position);
            }
        }

        private void ask() {
            if (log.isEmpty()) {
                return;
            }
            String id = log.get(random.nextInt(log.size()));
            Instant now = now();
            Optional<Turn> answer = turns.turn(SHOW, id, now);
            answer.ifPresent(turn -> {
                assertThat(seen.computeIfAbsent(id, key -> turn.place())).isEqualTo(turn.place());
                if (turn.state() == Turn.State.WAITING) {
                    // Another replica may have been a moment ahead.
                    assertThat(Duration.between(told.getOrDefault(id, time), time)).isLessThan(Duration.ofSeconds(5));
                    assertThat(turn.ahead()).isBetween(0L, turn.place() - 1);
                } else {
                    assertThat(until.computeIfAbsent(id, key -> turn.until())).isEqualTo(turn.until());
                    told.putIfAbsent(id, time);
                    assertThat(turn.place()).isLessThanOrEqualTo(places.gate("hamlet").admitted());
                    assertThat(turn.state() == Turn.State.ADMITTED).isEqualTo(now.isBefore(turn.until()));
                }
            });
        }

        private void book() {
            List<String> in = new ArrayList<>(until.keySet());
            if (!in.isEmpty()) {
                turns.booked(SHOW, in.get(random.nextInt(in.size())));
            }
        }
    }

    private Random random;
    private Instant time = Instant.parse("2027-11-23T09:00:00Z");
    private final MemoryPlaces places = new MemoryPlaces();
    private final List<String> log = new ArrayList<>();
    private final List<Replica> replicas = new ArrayList<>();
    private final Map<String, Long> seen = new HashMap<>();
    private final Map<String, Instant> until = new HashMap<>();
    private final Map<String, Instant> told = new HashMap<>();
    private int depth;
    /** By the group. A cut takes it back: it has an epoch, and so the broker tells. */
    private int committed;
    private boolean cuts;
    private final Set<String> joined = new LinkedHashSet<>();

    /** Before a call to the store: the caller may end, or another one may come first. */
    private void between() {
        if (random.nextInt(25) == 0) {
            throw new Crash();
        }
        if (cuts && random.nextInt(10) == 0) {
            cut();
        }
        if (depth < 2 && random.nextInt(6) == 0) {
            depth++;
            try {
                replicas.get(random.nextInt(replicas.size())).step();
            } finally {
                depth--;
            }
        }
    }

    /** The log loses its end, also what is numbered, or is being numbered by a replica that has it in hand; and is written on. */
    private void cut() {
        int size = Math.max(0, log.size() - random.nextInt(8));
        log.subList(size, log.size()).clear();
        committed = Math.min(committed, size);
        for (Replica replica : replicas) {
            replica.cutAt = Math.min(replica.cutAt, size);
            replica.position = Math.min(replica.position, size);
        }
        for (int n = random.nextInt(8); n > 0; n--) {
            join();
        }
    }

    private void join() {
        // One in four joins again.
        String id = "hamlet." + random.nextInt(1 + log.size() * 3);
        log.add(id);
        joined.add(id);
    }

    /** Nobody has the number of another one, none is left out, and everybody who is in the log has one. */
    @ParameterizedTest
    @MethodSource("seeds")
    void walkWithALogThatIsCut(long seed) {
        random = new Random(seed);
        cuts = true;
        for (int n = 0; n < 3; n++) {
            replicas.add(new Replica());
        }
        for (int step = 0; step < STEPS; step++) {
            if (random.nextInt(3) == 0) {
                join();
            }
            time = time.plusMillis(random.nextInt(400));
            replicas.get(random.nextInt(replicas.size())).step();
        }
        cuts = false;
        readAll();
        assertThat(places.numbered(log).keySet()).containsAll(log);
        List<Long> found = places.numbered(joined).values().stream().sorted().toList();
        assertThat(found).isEqualTo(LongStream.rangeClosed(1, places.head("hamlet").last()).boxed().toList());
        seen.forEach((id, place) -> assertThat(places.place(id)).contains(place));
    }

    /** By one that begins anew. */
    private void readAll() {
        Replica last = new Replica();
        depth = 2;
        do {
            try {
                last.read();
            } catch (Crash crash) {
                last.start();
            }
        } while (last.position < log.size());
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void walk(long seed) {
        random = new Random(seed);
        for (int n = 0; n < 3; n++) {
            replicas.add(new Replica());
        }
        Instant begin = time;
        long admitted = 0;
        for (int step = 0; step < STEPS; step++) {
            if (random.nextInt(3) == 0) {
                join();
            }
            time = time.plusMillis(random.nextInt(400));
            replicas.get(random.nextInt(replicas.size())).step();

            long now = places.gate("hamlet").admitted();
            assertThat(now).isGreaterThanOrEqualTo(admitted);
            admitted = now;
            Duration longest = Duration.between(begin, time).plus(Admission.BURST).plus(SKEW.multipliedBy(2));
            assertThat(admitted).isLessThanOrEqualTo(3 * longest.toMillis() / 1000);
            assertThat(admitted).isLessThan(places.head("hamlet").next());
            // By the slowest clock: who is in by it is in by all others.
            Instant slowest = time.minus(SKEW);
            long in = places.issued("hamlet", 0, admitted).stream()
                    .filter(one -> !one.booked() && slowest.isBefore(one.until().minus(SKEW.multipliedBy(2))))
                    .count();
            // Late comers are in beyond the window: they were let in long ago, and did not come while they were waited for.
            assertThat(in - late()).isLessThanOrEqualTo(10);
        }
        // In the end everything is read, by one that begins anew.
        readAll();
        Set<String> order = new LinkedHashSet<>(log);
        List<Long> found = order.stream().map(id -> places.place(id).orElseThrow()).toList();
        assertThat(found).isEqualTo(LongStream.rangeClosed(1, order.size()).boxed().toList());
        seen.forEach((id, place) -> assertThat(places.place(id)).contains(place));
    }

    private long late() {
        Places.Gate gate = places.gate("hamlet");
        return places.issued("hamlet", 0, gate.known()).stream().filter(one -> !one.booked()).count();
    }
}
