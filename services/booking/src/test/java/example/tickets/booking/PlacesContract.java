package example.tickets.booking;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import example.tickets.booking.Places.Gate;
import example.tickets.booking.Places.Head;
import example.tickets.booking.Places.Issued;
import org.junit.jupiter.api.Test;

/** What every memory of queues does. Each test has a show of its own. */
abstract class PlacesContract {

    static final Instant NOW = Instant.parse("2027-11-23T09:00:00.120Z");

    final String show = "show-" + UUID.randomUUID().toString().substring(0, 13);

    abstract Places places();

    @Test
    void replacesAHeadFromTheVersionBefore() {
        assertThat(places().head(show)).isEqualTo(Head.NONE);
        Head first = new Head(1, 4, "seoul", NOW, 0, Map.of("seoul/0", 3L));
        assertThat(places().replace(show, new Head(2, 9, "seoul", NOW, 0, Map.of()))).isFalse();
        assertThat(places().replace(show, first)).isTrue();
        assertThat(places().replace(show, first)).isFalse();
        assertThat(places().head(show)).isEqualTo(first);
        Head second = new Head(2, 7, "tokyo", NOW.plusMillis(1), 1004, Map.of("seoul/0", 3L, "tokyo/1", 12L));
        assertThat(places().replace(show, second)).isTrue();
        assertThat(places().replace(show, new Head(2, 8, "seoul", NOW, 0, Map.of()))).isFalse();
        assertThat(places().head(show)).isEqualTo(second);
        Head third = new Head(3, 7, "tokyo", NOW, 0, Map.of(), List.of(show + ".2", show + ".1"));
        assertThat(places().replace(show, third)).isTrue();
        assertThat(places().head(show)).isEqualTo(third);
        assertThat(second.offset("tokyo/1")).isEqualTo(12);
        assertThat(second.offset("tokyo/0")).isZero();
        assertThat(places().gate(show)).isEqualTo(Gate.SHUT);
    }

    @Test
    void replacesAGateFromTheVersionBefore() {
        Gate first = new Gate(1, "seoul", 5, NOW, 1, 2, 3, NOW.plusMillis(4));
        assertThat(places().replace(show, first)).isTrue();
        assertThat(places().replace(show, first)).isFalse();
        assertThat(places().gate(show)).isEqualTo(first);
        assertThat(places().replace(show, new Gate(2, "tokyo", 6, NOW, 1, 2, 3, NOW))).isTrue();
        assertThat(places().gate(show).admitted()).isEqualTo(6);
        assertThat(places().head(show)).isEqualTo(Head.NONE);
    }

    @Test
    void oneOfManyReplacesAHead() throws Exception {
        List<Boolean> won = Race.of(16, caller -> places().replace(show, new Head(1, caller, "seoul", NOW, 0, Map.of())));
        assertThat(won.stream().filter(one -> one)).hasSize(1);
    }

    @Test
    void remembersPlaces() {
        // More than in a batch of either kind.
        Map<String, Long> numbers = IntStream.rangeClosed(1, 130)
                .boxed()
                .collect(Collectors.toMap(n -> show + "." + n, Integer::longValue));
        places().number(numbers);
        places().number(Map.of(show + ".1", 1L));
        assertThat(places().numbered(numbers.keySet())).isEqualTo(numbers);
        assertThat(places().numbered(Set.of(show + ".7", show + ".0"))).isEqualTo(Map.of(show + ".7", 7L));
        assertThat(places().numbered(Set.of())).isEmpty();
        assertThat(places().place(show + ".130")).contains(130L);
        assertThat(places().place(show + ".0")).isEmpty();
        Map<String, Long> none = new HashMap<>();
        places().number(none);
    }

    @Test
    void fixesUntilWhenSomebodyIsInOnce() {
        Issued first = new Issued(7, NOW, false);
        assertThat(places().issue(show, 7, NOW)).isEqualTo(first);
        assertThat(places().issue(show, 7, NOW.plusSeconds(9))).isEqualTo(first);
        places().booked(show, 7);
        places().booked(show, 7);
        assertThat(places().issue(show, 7, NOW.plusSeconds(9))).isEqualTo(new Issued(7, NOW, true));
    }

    @Test
    void listsWhoIsInByPlace() {
        for (long place : new long[] {2, 3, 9, 10, 11, 100, 101}) {
            places().issue(show, place, NOW);
        }
        for (long place = 20; place < 40; place++) {
            places().issue(show, place, NOW);
        }
        places().booked(show, 10);
        // Who was never told does not come in by this.
        places().booked(show, 50);
        List<Issued> found = places().issued(show, 2, 100);
        assertThat(found).extracting(Issued::place).startsWith(3L, 9L, 10L, 11L).endsWith(100L).hasSize(25);
        assertThat(found.get(2)).isEqualTo(new Issued(10, NOW, true));
        assertThat(places().issued(show, 100, 100)).isEmpty();
        assertThat(places().issued("another", 0, 100)).isEmpty();
    }
}
