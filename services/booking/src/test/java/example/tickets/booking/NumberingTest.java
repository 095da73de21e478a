package example.tickets.booking;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

import example.tickets.booking.Numbering.Join;
import example.tickets.booking.Places.Head;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

@ExtendWith(OutputCaptureExtension.class)
class NumberingTest {

    private static final Instant NOW = Instant.parse("2027-11-23T09:00:00Z");

    private final MemoryPlaces places = new MemoryPlaces();
    private final Numbering seoul = new Numbering(places, "seoul");
    private final Numbering tokyo = new Numbering(places, "tokyo");

    private static List<Join> joins(long offset, String... ids) {
        return IntStream.range(0, ids.length)
                .mapToObj(n -> new Join(offset + n, ids[n]))
                .toList();
    }

    private static int fold(Numbering numbering, long offset, String... ids) {
        return numbering.fold("s", 0, joins(offset, ids), NOW);
    }

    private Map<String, Long> places(String... ids) {
        return places.numbered(List.of(ids));
    }

    @Test
    void numbersAStretchOnce() {
        assertThat(fold(seoul, 0, "a", "b", "a", "c")).isEqualTo(3);
        assertThat(fold(seoul, 0, "a", "b", "a", "c")).isZero();
        assertThat(fold(seoul, 2, "a", "c", "d")).isEqualTo(1);
        assertThat(places("a", "b", "c", "d")).isEqualTo(Map.of("a", 1L, "b", 2L, "c", 3L, "d", 4L));
        assertThat(places.head("s")).isEqualTo(new Head(4, 5, "seoul", NOW, 0, Map.of("seoul/0", 5L)));
    }

    @Test
    void comesToTheSameNumbersAfterACrashOfTheReleaseBefore() {
        fold(seoul, 0, "a");
        // It wrote places without saying so first; then the log is read in other stretches.
        places.number(Map.of("b", 2L, "c", 3L));
        Numbering next = new Numbering(places, "seoul");
        fold(next, 1, "b");
        fold(next, 2, "c", "b", "d");
        assertThat(places("a", "b", "c", "d")).isEqualTo(Map.of("a", 1L, "b", 2L, "c", 3L, "d", 4L));
    }

    @Test
    void aReplicaThatDoesNotKnowThatItIsReplacedChangesNothing() {
        fold(seoul, 0, "a");
        Numbering next = new Numbering(places, "seoul");
        fold(next, 1, "b", "c");
        fold(next, 3, "d");
        assertThat(fold(seoul, 1, "b", "c")).isZero();
        assertThat(fold(seoul, 1, "b", "c", "d", "e")).isEqualTo(1);
        assertThat(fold(next, 5, "f")).isEqualTo(1);
        assertThat(places("a", "b", "c", "d", "e", "f"))
                .isEqualTo(Map.of("a", 1L, "b", 2L, "c", 3L, "d", 4L, "e", 5L, "f", 6L));
    }

    /** Between any two calls of the one, the other does all of its work. */
    @ParameterizedTest
    @ValueSource(strings = {"head", "numbered", "number", "replace head"})
    void twoAtOnceComeToTheSame(String moment) {
        fold(seoul, 0, "a");
        boolean[] done = {false};
        Numbering slow = new Numbering(
                new WatchedPlaces(places, call -> {
                    if (call.equals(moment) && !done[0]) {
                        done[0] = true;
                        fold(seoul, 1, "b", "c", "d");
                        fold(seoul, 4, "b", "e");
                    }
                }),
                "seoul");
        fold(slow, 1, "b", "c");
        fold(slow, 3, "d", "b", "e", "f");
        assertThat(places("a", "b", "c", "d", "e", "f"))
                .isEqualTo(Map.of("a", 1L, "b", 2L, "c", 3L, "d", 4L, "e", 5L, "f", 6L));
        assertThat(places.head("s").next()).isEqualTo(7);
    }

    @Test
    void leavesAGapWhenAnotherRegionGoesOn() {
        fold(seoul, 0, "a", "b");
        // It came over, and the head behind it did not.
        places.number(Map.of("c", 3L));
        fold(tokyo, 0, "b", "c", "d");
        long first = 3 + Numbering.GAP;
        assertThat(places("a", "b", "c", "d")).isEqualTo(Map.of("a", 1L, "b", 2L, "c", 3L, "d", first));
        fold(tokyo, 3, "e");
        assertThat(places("e")).isEqualTo(Map.of("e", first + 1));
        assertThat(places.head("s").gap()).isEqualTo(first);
        // And back: also from there the copy may have been late.
        fold(seoul, 2, "f");
        assertThat(places("f")).isEqualTo(Map.of("f", first + 2 + Numbering.GAP));
        assertThat(places.head("s").gap()).isEqualTo(first + 2 + Numbering.GAP);
        assertThat(places.head("s").offsets()).isEqualTo(Map.of("seoul/0", 3L, "tokyo/0", 4L));
    }

    @Test
    void beginsAnewWithALogThatWasMadeAnew() {
        fold(seoul, 100, "a", "b");
        seoul.fold("s", 0, joins(0, "b", "c"), NOW);
        assertThat(places("a", "b", "c")).isEqualTo(Map.of("a", 1L, "b", 2L, "c", 3L));
        assertThat(places.head("s").offset("seoul/0")).isEqualTo(2);
    }

    /** Ends a fold at the n-th call of the store, as a crash does. */
    private void crash(int call, long offset, String... ids) {
        int[] calls = {0};
        Numbering one = new Numbering(
                new WatchedPlaces(places, name -> {
                    if (calls[0]++ == call) {
                        throw new StoreAway("test");
                    }
                }),
                "seoul");
        try {
            fold(one, offset, ids);
        } catch (StoreAway e) {
            // That was it.
        }
    }

    private void isANumberOnce(String... ids) {
        Map<String, Long> found = places(ids);
        assertThat(found.values()).doesNotHaveDuplicates();
        long last = places.head("s").last();
        assertThat(found.values()).hasSize((int) last).allMatch(place -> place >= 1 && place <= last);
    }

    /** The log loses its end before, in or behind what is numbered or begun; others join; and it may be long again before anybody looks. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7, 8})
    void aLogThatWasCutGivesNoNumberTwiceAndForgetsNobody(int call) {
        fold(seoul, 0, "a", "b", "c");
        crash(call, 3, "d", "e", "f");
        boolean begun = places.head("s").next() > 4 || !places.head("s").begun().isEmpty();
        // From offset 2 on it has others.
        fold(new Numbering(places, "seoul"), 2, "v", "w", "x", "y", "z");
        fold(new Numbering(places, "seoul"), 7, "g");
        assertThat(places("a", "b", "c")).isEqualTo(Map.of("a", 1L, "b", 2L, "c", 3L));
        assertThat(places("v", "w", "x", "y", "z", "g")).hasSize(6);
        assertThat(places("d", "e", "f")).hasSize(begun ? 3 : 0);
        isANumberOnce("a", "b", "c", "d", "e", "f", "v", "w", "x", "y", "z", "g");
        assertThat(places.head("s").offset("seoul/0")).isEqualTo(8);
    }

    /** Between any two calls of a replica that still has joins which the log lost, another one numbers what is there now. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6})
    void aReplicaThatHasWhatTheLogLostGivesNoNumberTwice(int call) {
        fold(seoul, 0, "a");
        int[] calls = {0};
        Numbering slow = new Numbering(
                new WatchedPlaces(places, name -> {
                    if (calls[0]++ == call) {
                        fold(seoul, 1, "x", "y");
                    }
                }),
                "seoul");
        fold(slow, 1, "b", "c");
        fold(seoul, 1, "x", "y", "z");
        isANumberOnce("a", "b", "c", "x", "y", "z");
    }

    /** A release may be taken back: the one before knows nothing of what is begun, and numbers from the offset on. */
    @Test
    void whatIsBegunIsNotNumberedYetForTheReleaseBefore() {
        fold(seoul, 0, "a");
        // Of the second fold: head, numbered, replace head, and then the first place.
        crash(3, 1, "b", "c");
        Head head = places.head("s");
        assertThat(head.begun()).containsExactly("b", "c");
        assertThat(head.next()).isEqualTo(2);
        assertThat(head.offset("seoul/0")).isEqualTo(1);
        fold(seoul, 1, "b", "c");
        assertThat(places.head("s")).isEqualTo(new Head(4, 4, "seoul", NOW, 0, Map.of("seoul/0", 1L)));
    }

    @Test
    void saysThatALogWasCut(CapturedOutput output) {
        fold(seoul, 0, "a", "b");
        fold(seoul, 0, "a", "b", "c");
        assertThat(output).doesNotContain("was cut");
        fold(seoul, 1, "x", "y", "z");
        assertThat(output).containsOnlyOnce("the log of a queue was cut");
        fold(seoul, 4, "d");
        assertThat(output).containsOnlyOnce("was cut");
    }

    @Test
    void keepsPartitionsApart() {
        fold(seoul, 7, "a");
        seoul.fold("s", 1, joins(0, "b"), NOW);
        assertThat(places("a", "b")).isEqualTo(Map.of("a", 1L, "b", 2L));
        assertThat(places.head("s").offsets()).isEqualTo(Map.of("seoul/0", 8L, "seoul/1", 1L));
    }

    @Test
    void givesUpAgainstAnotherThatIsAlwaysFaster() {
        Places raced = new WatchedPlaces(places, call -> {
            if (call.equals("replace head")) {
                Head head = places.head("s");
                places.replace("s", new Head(head.version() + 1, head.next(), "seoul", NOW, 0, head.offsets()));
            }
        });
        assertThatIllegalStateException()
                .isThrownBy(() -> fold(new Numbering(raced, "seoul"), 0, "a"))
                .withMessageContaining("another replica");
    }
}
