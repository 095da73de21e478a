package example.tickets.booking;

import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Remembers queues for as long as the process lives. */
final class MemoryPlaces implements Places {

    private final Map<String, Head> heads = new HashMap<>();
    private final Map<String, Gate> gates = new HashMap<>();
    private final Map<String, Long> places = new HashMap<>();
    private final Map<String, TreeMap<Long, Issued>> issued = new HashMap<>();

    @Override
    public synchronized Head head(String show) {
        return heads.getOrDefault(show, Head.NONE);
    }

    @Override
    public synchronized boolean replace(String show, Head head) {
        if (head(show).version() != head.version() - 1) {
            return false;
        }
        heads.put(show, head);
        return true;
    }

    @Override
    public synchronized Gate gate(String show) {
        return gates.getOrDefault(show, Gate.SHUT);
    }

    @Override
    public synchronized boolean replace(String show, Gate gate) {
        if (gate(show).version() != gate.version() - 1) {
            return false;
        }
        gates.put(show, gate);
        return true;
    }

    @Override
    public synchronized void number(Map<String, Long> numbered) {
        places.putAll(numbered);
    }

    @Override
    public synchronized Map<String, Long> numbered(Collection<String> ids) {
        Map<String, Long> found = new HashMap<>(places);
        found.keySet().retainAll(ids);
        return found;
    }

    @Override
    public synchronized Optional<Long> place(String id) {
        return Optional.ofNullable(places.get(id));
    }

    @Override
    public synchronized Issued issue(String show, long place, Instant until) {
        return issued.computeIfAbsent(show, name -> new TreeMap<>())
                .computeIfAbsent(place, number -> new Issued(number, until, false));
    }

    @Override
    public synchronized List<Issued> issued(String show, long above, long last) {
        return List.copyOf(issued.getOrDefault(show, new TreeMap<>()).subMap(above, false, last, true).values());
    }

    @Override
    public synchronized void booked(String show, long place) {
        issued.getOrDefault(show, new TreeMap<>())
                .computeIfPresent(place, (number, one) -> new Issued(number, one.until(), true));
    }

    synchronized int size() {
        return places.size();
    }
}
