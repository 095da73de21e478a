package example.tickets.booking;

import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** Says what is about to be done with places, so that something else can come first, or instead of it. */
record WatchedPlaces(Places places, Consumer<String> before) implements Places {

    @Override
    public Head head(String show) {
        before.accept("head");
        return places.head(show);
    }

    @Override
    public boolean replace(String show, Head head) {
        before.accept("replace head");
        return places.replace(show, head);
    }

    @Override
    public Gate gate(String show) {
        before.accept("gate");
        return places.gate(show);
    }

    @Override
    public boolean replace(String show, Gate gate) {
        before.accept("replace gate");
        return places.replace(show, gate);
    }

    @Override
    public void number(Map<String, Long> numbers) {
        // One by one: a batch may be done in part.
        numbers.forEach((id, place) -> {
            before.accept("number");
            places.number(Map.of(id, place));
        });
    }

    @Override
    public Map<String, Long> numbered(Collection<String> ids) {
        before.accept("numbered");
        return places.numbered(ids);
    }

    @Override
    public Optional<Long> place(String id) {
        before.accept("place");
        return places.place(id);
    }

    @Override
    public Issued issue(String show, long place, Instant until) {
        before.accept("issue");
        return places.issue(show, place, until);
    }

    @Override
    public List<Issued> issued(String show, long above, long last) {
        before.accept("issued");
        return places.issued(show, above, last);
    }

    @Override
    public void booked(String show, long place) {
        before.accept("booked");
        places.booked(show, place);
    }
}
