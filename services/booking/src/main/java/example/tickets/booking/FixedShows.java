package example.tickets.booking;

import java.time.Instant;
import java.util.List;

/** Shows that do not change while the process lives. */
final class FixedShows implements Shows {

    private final List<Show> shows;

    FixedShows(List<Show> shows) {
        this.shows = shows.stream().sorted(Show.ORDER).toList();
    }

    @Override
    public List<Show> all(Instant now) {
        return shows;
    }
}
