package example.tickets.booking;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;

import org.junit.jupiter.api.Test;

/** What every store of shows does. */
abstract class ShowsContract {

    static final Instant NOW = Instant.parse("2027-11-23T09:00:00Z");
    static final Show LATE = show("b-late", "2027-12-03T19:30:00+09:00", null);
    static final Show EARLY = show("z-early", "2027-12-03T08:00:00Z", new Show.Queue(20, 200));
    static final Show SAME = show("a-late", "2027-12-03T10:30:00Z", null);

    static Show show(String id, String startsAt, Show.Queue queue) {
        return new Show(id, "호두까기 인형", "Sejong Center", OffsetDateTime.parse(startsAt), 2, 3, queue);
    }

    /** A store with these shows. */
    abstract Shows shows(List<Show> samples);

    @Test
    void givesThemByTheirStart() {
        Shows shows = shows(List.of(LATE, EARLY, SAME));
        assertThat(shows.all(NOW)).containsExactly(EARLY, SAME, LATE);
    }

    @Test
    void findsThemById() {
        Shows shows = shows(List.of(LATE, EARLY));
        assertThat(shows.find("z-early", NOW)).contains(EARLY);
        assertThat(shows.find("", NOW)).isEmpty();
        assertThat(shows.find("a-late", NOW)).isEmpty();
    }
}
