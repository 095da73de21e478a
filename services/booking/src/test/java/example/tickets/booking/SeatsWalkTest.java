package example.tickets.booking;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.LongStream;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import software.amazon.awssdk.core.exception.SdkClientException;

/**
 * Replicas whose clocks are up to five seconds off hold and book a few seats in an order that chance makes, and lose answers. Whatever the order: a
 * seat is sold once, to whoever held it, and a booking that somebody knows of is never another one or gone.
 */
class SeatsWalkTest {

    private static final int STEPS = 400;
    private static final List<String> SEATS = List.of("A-1", "A-2");
    private static final List<String> HOLDERS = List.of("Kim", "Lee", "Park");
    private static final Duration HOLD = Duration.ofSeconds(10);

    static LongStream seeds() {
        return LongStream.range(0, 20);
    }

    /** A replica: its clock, and its own view of the store. */
    private record Replica(Duration skew, Bookings bookings) {}

    @ParameterizedTest
    @MethodSource("seeds")
    void memory(long seed) {
        Random random = new Random(seed);
        Bookings bookings = new MemoryBookings();
        walk(random, List.of(new Replica(skew(random), bookings), new Replica(skew(random), bookings)), null);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void dynamo(long seed) {
        Random random = new Random(seed);
        FakeDynamo client = new FakeDynamo();
        Settings.Tables tables = Tables.create(client, "walk");
        Dynamo dynamo = new Dynamo(client, new StoreFailures(new SimpleMeterRegistry()));
        List<Replica> replicas = new ArrayList<>();
        for (int n = 0; n < 3; n++) {
            replicas.add(new Replica(
                    skew(random),
                    new DynamoBookings(dynamo, tables.seats(), "seoul", new DynamoSales(dynamo, tables.sales()))));
        }
        // One call in ten or so does not get there, and one answer in ten does not come back.
        client.before = call -> fail(random);
        client.after = call -> fail(random);
        walk(random, replicas, (DynamoBookings) replicas.get(0).bookings());
    }

    private static void fail(Random random) {
        if (random.nextInt(10) == 0) {
            throw SdkClientException.create("connection reset");
        }
    }

    private static Duration skew(Random random) {
        return Duration.ofMillis(random.nextInt(10_001) - 5000);
    }

    private static void walk(Random random, List<Replica> replicas, Outbox outbox) {
        Instant time = Instant.parse("2027-11-23T09:00:00Z");
        List<Hold> holds = new ArrayList<>();
        Map<String, Booking> sold = new HashMap<>();
        for (int step = 0; step < STEPS; step++) {
            time = time.plusMillis(random.nextInt(3000));
            Replica replica = replicas.get(random.nextInt(replicas.size()));
            Instant now = time.plus(replica.skew());
            String holder = HOLDERS.get(random.nextInt(HOLDERS.size()));
            try {
                if (holds.isEmpty() || random.nextBoolean()) {
                    String seat = SEATS.get(random.nextInt(SEATS.size()));
                    Hold wanted = new Hold(new SeatId("hamlet", seat).newId(), "hamlet", seat, holder, now.plus(HOLD));
                    Kept<Hold> kept = replica.bookings().hold(wanted, now);
                    assertThat(kept.value().holder()).isEqualTo(holder);
                    if (kept.created()) {
                        assertThat(kept.value().livesAt(now)).isTrue();
                        assertThat(sold).doesNotContainKey(seat);
                        // By their own clocks, nobody's hold was taken away in the replica that takes it.
                        assertThat(holds.stream()
                                        .filter(old -> old.seat().equals(seat) && !old.holder().equals(holder))
                                        .filter(old -> old.bars(now)))
                                .isEmpty();
                        holds.removeIf(old -> old.seat().equals(seat));
                    }
                    holds.add(kept.value());
                } else {
                    Hold hold = holds.get(random.nextInt(holds.size()));
                    String id = new SeatId("hamlet", hold.seat()).newId();
                    Booking booking = replica.bookings().book(hold.id(), holder, id, now, "r").value();
                    assertThat(booking.holder()).isEqualTo(holder).isEqualTo(hold.holder());
                    assertThat(booking.hold()).isEqualTo(hold.id());
                    assertThat(booking.bookedAt()).isBefore(hold.expiresAt());
                    Booking before = sold.putIfAbsent(booking.seat(), booking);
                    assertThat(before == null || before.equals(booking)).isTrue();
                }
            } catch (Refusal | StoreAway e) {
                // Also an answer.
            }
        }
        for (Booking booking : sold.values()) {
            assertThat(eventually(() -> replicas.get(0).bookings().find(booking.id()))).contains(booking);
        }
        if (outbox != null) {
            Instant end = time.plusSeconds(60);
            // What was booked is to be told, also if whoever booked it got no answer.
            assertThat(eventually(() -> outbox.pending(end)).stream().map(Sale::booking)).containsAll(sold.values());
        }
    }

    private static <T> T eventually(Supplier<T> call) {
        while (true) {
            try {
                return call.get();
            } catch (StoreAway e) {
                // Once more.
            }
        }
    }
}
