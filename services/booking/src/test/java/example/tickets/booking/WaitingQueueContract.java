package example.tickets.booking;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

import org.junit.jupiter.api.Test;

/** What every waiting queue does. Each test has a show of its own. */
abstract class WaitingQueueContract {

    static final Instant NOW = Instant.parse("2027-11-23T09:00:00Z");
    static final Duration ADMISSION = Duration.ofMinutes(10);

    final Show show = show(new Show.Queue(2, 3));

    private static Show show(Show.Queue queue) {
        String id = "show-" + UUID.randomUUID().toString().substring(0, 13);
        return new Show(id, "Hamlet", "Globe", OffsetDateTime.parse("2027-12-03T19:30:00+09:00"), 2, 3, queue);
    }

    abstract WaitingQueue queue();

    /** Waits until those have a place who have joined. */
    abstract void settle(Show show, String lastId);

    final String id(int n) {
        return show.id() + "." + n;
    }

    final void join(int n) {
        queue().join(show.id(), id(n), "request-" + n);
    }

    final void joinAll(int count) {
        for (int n = 1; n <= count; n++) {
            join(n);
        }
        settle(show, id(count));
    }

    final Turn turn(int n, Instant now) {
        return queue().turn(show, id(n), now).orElseThrow();
    }

    final List<Turn.State> states(int count, Instant now) {
        return IntStream.rangeClosed(1, count).mapToObj(n -> turn(n, now).state()).toList();
    }

    @Test
    void givesPlacesInTheOrderOfJoining() {
        joinAll(5);
        for (int n = 1; n <= 5; n++) {
            assertThat(turn(n, NOW)).isEqualTo(Turn.waiting(n, n - 1));
        }
        assertThat(queue().turn(show, id(6), NOW)).isEmpty();
    }

    @Test
    void aSecondJoinChangesNothing() {
        joinAll(2);
        join(1);
        join(3);
        join(3);
        settle(show, id(3));
        assertThat(IntStream.rangeClosed(1, 3).mapToLong(n -> turn(n, NOW).place())).containsExactly(1L, 2L, 3L);
        join(4);
        settle(show, id(4));
        assertThat(turn(4, NOW).place()).isEqualTo(4);
    }

    @Test
    void countsEachShowByItself() {
        joinAll(2);
        Show other = show(new Show.Queue(1, 1));
        queue().join(other.id(), other.id() + ".1", "r");
        settle(other, other.id() + ".1");
        assertThat(queue().turn(other, other.id() + ".1", NOW)).contains(Turn.waiting(1, 0));
    }

    @Test
    void givesEveryPlaceOnce() throws Exception {
        Race.of(16, caller -> {
            for (int n = 0; n < 8; n++) {
                join(n * 16 + caller);
                join(n * 16 + caller);
            }
            return true;
        });
        for (int n = 0; n < 128; n++) {
            settle(show, id(n));
        }
        assertThat(IntStream.range(0, 128).mapToObj(n -> turn(n, NOW).place()))
                .containsExactlyInAnyOrderElementsOf(LongStream.rangeClosed(1, 128).boxed().toList());
    }

    @Test
    void letsInByRateAndWindowAndInOrder() {
        joinAll(9);
        // What is unused for two seconds lets in four, and the window three.
        queue().admit(show, NOW);
        assertThat(states(4, NOW))
                .containsExactly(Turn.State.ADMITTED, Turn.State.ADMITTED, Turn.State.ADMITTED, Turn.State.WAITING);
        assertThat(turn(1, NOW)).isEqualTo(Turn.in(1, NOW.plus(ADMISSION), NOW));
        assertThat(turn(5, NOW)).isEqualTo(Turn.waiting(5, 1));

        // The window is full.
        queue().admit(show, NOW.plusSeconds(5));
        assertThat(turn(4, NOW.plusSeconds(6))).isEqualTo(Turn.waiting(4, 0));

        // Who has booked makes room, once.
        queue().booked(show, id(2));
        queue().booked(show, id(2));
        queue().admit(show, NOW.plusSeconds(10));
        assertThat(turn(4, NOW.plusSeconds(11)).state()).isEqualTo(Turn.State.ADMITTED);
        assertThat(turn(5, NOW.plusSeconds(11))).isEqualTo(Turn.waiting(5, 0));

        // And so does the end of one's time; what was fixed at first stays.
        Instant end = NOW.plus(ADMISSION);
        assertThat(turn(1, end.minusMillis(1))).isEqualTo(Turn.in(1, end, NOW));
        queue().admit(show, end);
        assertThat(states(7, end.plusSeconds(1)))
                .containsExactly(
                        Turn.State.GONE,
                        Turn.State.GONE,
                        Turn.State.GONE,
                        Turn.State.ADMITTED,
                        Turn.State.ADMITTED,
                        Turn.State.ADMITTED,
                        Turn.State.WAITING);
        assertThat(turn(1, end.plusSeconds(1)).until()).isEqualTo(end);
    }

    @Test
    void doesNotWaitForThoseWhoDoNotCome() {
        joinAll(4);
        queue().admit(show, NOW);
        // Three are let in, and nobody asks.
        for (Duration later = Duration.ZERO; later.compareTo(Admission.NO_SHOW.multipliedBy(2)) < 0; later = later.plusSeconds(1)) {
            assertThat(turn(4, NOW.plus(later)).state()).isEqualTo(Turn.State.WAITING);
            queue().admit(show, NOW.plus(later));
        }
        Instant then = NOW.plus(Admission.NO_SHOW.multipliedBy(2));
        queue().admit(show, then);
        assertThat(turn(4, then.plusSeconds(1)).state()).isEqualTo(Turn.State.ADMITTED);
        // Who comes late is in all the same.
        assertThat(turn(1, then.plusSeconds(1)).until()).isEqualTo(then.plusSeconds(1).plus(ADMISSION));
    }

    @Test
    void letsEverybodyInWhenTheShowHasNoQueueAnyMore() {
        joinAll(2);
        Show open = new Show(show.id(), show.title(), show.venue(), show.startsAt(), show.rows(), show.seatsPerRow(), null);
        assertThat(queue().turn(open, id(2), NOW)).contains(Turn.in(2, NOW.plus(ADMISSION), NOW));
    }

    @Test
    void nothingHappensInAQueueOfNobody() {
        queue().admit(show, NOW);
        queue().booked(show, id(1));
        assertThat(queue().turn(show, id(1), NOW)).isEmpty();
        joinAll(1);
        assertThat(turn(1, NOW)).isEqualTo(Turn.waiting(1, 0));
    }
}
