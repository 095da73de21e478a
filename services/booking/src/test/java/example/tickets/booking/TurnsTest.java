package example.tickets.booking;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.Test;

class TurnsTest {

    private static final Instant NOW = Instant.parse("2027-11-23T09:00:00Z");
    private static final Duration ADMISSION = Duration.ofMinutes(10);

    private final Show show = new Show(
            "hamlet", "Hamlet", "Globe", OffsetDateTime.parse("2027-12-03T19:30:00+09:00"), 2, 3, new Show.Queue(2, 3));
    private final FakeDynamo client = new FakeDynamo();
    private final DynamoPlaces places = new DynamoPlaces(
            new Dynamo(client, new StoreFailures(new SimpleMeterRegistry())), Tables.create(client, "test").places());
    private final List<String> calls = new ArrayList<>();

    TurnsTest() {
        places.replace("hamlet", new Places.Gate(1, "seoul", 1, NOW, 0, 0, 0, NOW));
        places.number(Map.of("hamlet.1", 1L, "hamlet.2", 2L));
        client.before = calls::add;
    }

    private Turns replica() {
        return new Turns(places, "seoul", ADMISSION, new QueueMeters(new SimpleMeterRegistry()));
    }

    private Turn turn(Turns turns, String id, Instant now) {
        return turns.turn(show, id, now).orElseThrow();
    }

    @Test
    void whoIsInAsksNoStoreAgain() {
        Turns turns = replica();
        Turn first = turn(turns, "hamlet.1", NOW);
        assertThat(first).isEqualTo(Turn.in(1, NOW.plus(ADMISSION), NOW));
        calls.clear();
        for (int second = 1; second < 600; second++) {
            assertThat(turn(turns, "hamlet.1", NOW.plusSeconds(second))).isEqualTo(first);
        }
        assertThat(turn(turns, "hamlet.1", NOW.plus(ADMISSION)).state()).isEqualTo(Turn.State.GONE);
        assertThat(calls).isEmpty();
    }

    @Test
    void anotherReplicaReadsAndDoesNotWrite() {
        Turn first = turn(replica(), "hamlet.1", NOW);
        assertThat(calls).containsOnlyOnce("UpdateItem");
        calls.clear();
        Turns other = replica();
        assertThat(turn(other, "hamlet.1", NOW.plusSeconds(9)).until()).isEqualTo(first.until());
        assertThat(calls).isNotEmpty().containsOnly("GetItem");
    }

    @Test
    void whoWaitsIsLetInLater() {
        Turns turns = replica();
        assertThat(turn(turns, "hamlet.2", NOW)).isEqualTo(Turn.waiting(2, 0));
        places.replace("hamlet", new Places.Gate(2, "seoul", 2, NOW, 0, 0, 0, NOW));
        Instant later = NOW.plusSeconds(2);
        assertThat(turn(turns, "hamlet.2", later)).isEqualTo(Turn.in(2, later.plus(ADMISSION), later));
    }
}
