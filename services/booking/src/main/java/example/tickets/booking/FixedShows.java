package example.tickets.booking;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Shows that do not change while the process lives. */
final class FixedShows implements Shows {

    private final List<Show> shows;
    private final Map<String, Show> byId;

    FixedShows(List<Show> shows) {
        this.shows = List.copyOf(shows);
        this.byId = shows.stream().collect(Collectors.toUnmodifiableMap(Show::id, Function.identity()));
    }

    @Override
    public List<Show> all() {
        return shows;
    }

    @Override
    public Optional<Show> find(String id) {
        return Optional.ofNullable(byId.get(id));
    }
}
