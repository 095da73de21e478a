package example.tickets.booking;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;

import example.tickets.booking.Places.Gate;
import example.tickets.booking.Places.Head;
import example.tickets.booking.Places.Issued;
import org.junit.jupiter.api.Test;

class AdmissionTest {

    private static final Instant NOW = Instant.parse("2027-11-23T09:00:00Z");
    private static final Show.Queue QUEUE = new Show.Queue(10, 1000);

    private static Gate next(Gate gate, long last, Instant now) {
        return Admission.next(gate, head("seoul", last), List.of(), QUEUE, "seoul", now);
    }

    private static Head head(String region, long last) {
        return new Head(1, last + 1, region, NOW, 0, Map.of());
    }

    @Test
    void letsInByTheRate() {
        Gate gate = next(Gate.SHUT, 10_000, NOW);
        assertThat(gate.admitted()).isEqualTo(20);
        assertThat(next(gate, 10_000, NOW)).isSameAs(gate);
        assertThat(Admission.isDue(gate, head("seoul", 10_000), QUEUE, "seoul", NOW)).isFalse();
        // Whatever the pauses are, as long as they are not too long.
        Instant now = NOW;
        for (int n = 0; n < 100; n++) {
            now = now.plusMillis(n % 2 == 0 ? 1050 : 970);
            gate = next(gate, 10_000, now);
        }
        assertThat(gate.admitted()).isEqualTo(20 + 1010);
        // Time in which nobody let anybody in is lost.
        assertThat(next(gate, 10_000, now.plus(Duration.ofHours(1))).admitted()).isEqualTo(20 + 1010 + 20);
    }

    @Test
    void letsInOneInASecondOnTime() {
        Show.Queue slow = new Show.Queue(1, 1000);
        Gate gate = Gate.SHUT;
        for (int n = 0; n < 100; n++) {
            gate = Admission.next(gate, head("seoul", 1000), List.of(), slow, "seoul", NOW.plusMillis(n * 990L));
        }
        assertThat(gate.admitted()).isEqualTo(100);
    }

    @Test
    void waitsForAClockThatIsAhead() {
        Gate ahead = next(Gate.SHUT, 10_000, NOW.plusSeconds(5));
        assertThat(next(ahead, 10_000, NOW)).isSameAs(ahead);
        assertThat(next(ahead, 10_000, NOW.plusSeconds(6)).admitted()).isEqualTo(30);
    }

    @Test
    void letsInNobodyWhoIsNotThere() {
        Gate gate = next(Gate.SHUT, 7, NOW);
        assertThat(gate.admitted()).isEqualTo(7);
        assertThat(Admission.isDue(gate, head("seoul", 7), QUEUE, "seoul", NOW.plusSeconds(60))).isFalse();
        // The rest of that time is not lost.
        assertThat(next(gate, 30, NOW).admitted()).isEqualTo(20);
    }

    @Test
    void forgetsThoseWhoAreOut() {
        List<Issued> issued = LongStream.rangeClosed(1, 20)
                .mapToObj(place -> new Issued(place, NOW.plusSeconds(place == 9 ? 600 : 60), place == 3))
                .toList();
        Gate gate = next(Gate.SHUT, 20, NOW);
        Gate later = Admission.next(gate, head("seoul", 100), issued, QUEUE, "seoul", NOW.plusSeconds(61));
        assertThat(later.out()).isEqualTo(8);
        assertThat(later.known()).isEqualTo(20);
    }

    /** The tables of the other region are copies of this one's. */
    @Test
    void isMovedInOneRegion() {
        Head head = head("seoul", 1000);
        assertThat(Admission.isDue(Gate.SHUT, head, QUEUE, "seoul", NOW)).isTrue();
        assertThat(Admission.isDue(Gate.SHUT, head, QUEUE, "tokyo", NOW.plusSeconds(29))).isFalse();
        Gate gate = next(Gate.SHUT, 1000, NOW);
        assertThat(gate.region()).isEqualTo("seoul");
        assertThat(Admission.isDue(gate, head, QUEUE, "seoul", NOW.plusSeconds(1))).isTrue();
        assertThat(Admission.isDue(gate, head, QUEUE, "tokyo", NOW.plusSeconds(29))).isFalse();
        // Nobody has moved it for long, though somebody waits.
        assertThat(Admission.isDue(gate, head, QUEUE, "tokyo", NOW.plusSeconds(30))).isTrue();
    }

    @Test
    void isMovedByTheRegionThatPeopleJoinInWhenTheOtherIsGone() {
        Gate gate = next(Gate.SHUT, 1000, NOW.minusSeconds(30));
        // Nobody waited for a while, and now somebody joined.
        Head head = head("tokyo", 1000);
        assertThat(Admission.isDue(gate, head, QUEUE, "tokyo", NOW)).isTrue();
        assertThat(Admission.isDue(gate, head("seoul", 1000), QUEUE, "tokyo", NOW)).isFalse();
        Gate moved = Admission.next(gate, head, List.of(), QUEUE, "tokyo", NOW);
        assertThat(Admission.isDue(moved, head, QUEUE, "tokyo", NOW.plusSeconds(1))).isTrue();
        assertThat(Admission.isDue(moved, head, QUEUE, "seoul", NOW.plusSeconds(1))).isFalse();
    }

    @Test
    void passesAGapAtOnce() {
        // Seven in Seoul, a gap, and thirteen in Tokyo; the window is full of people who have not asked yet.
        Show.Queue narrow = new Show.Queue(10, 7);
        Head head = new Head(3, 8 + Numbering.GAP + 13, "tokyo", NOW, 8 + Numbering.GAP, Map.of());
        Gate gate = Admission.next(Gate.SHUT, head("seoul", 7), List.of(), narrow, "seoul", NOW);
        assertThat(gate.admitted()).isEqualTo(7);
        Gate passed = Admission.next(gate, head, List.of(), narrow, "tokyo", NOW.plusSeconds(1));
        assertThat(passed.admitted()).isEqualTo(7 + Numbering.GAP + 7);
        assertThat(passed.known()).isEqualTo(7 + Numbering.GAP);
        Gate after = Admission.next(passed, head, List.of(), narrow, "tokyo", NOW.plusSeconds(2));
        assertThat(after).isSameAs(passed);
        // Not from before it.
        Gate before = Admission.next(Gate.SHUT, head, List.of(), new Show.Queue(10, 6), "tokyo", NOW);
        assertThat(before.admitted()).isEqualTo(6);
    }

    @Test
    void aWindowThatWasMadeSmallerLetsNobodyIn() {
        Gate gate = next(Gate.SHUT, 100, NOW);
        List<Issued> issued = LongStream.rangeClosed(1, 20)
                .mapToObj(place -> new Issued(place, NOW.plusSeconds(60), false))
                .toList();
        assertThat(Admission.next(gate, head("seoul", 100), issued, new Show.Queue(10, 5), "seoul", NOW.plusSeconds(3))).isSameAs(gate);
    }
}
