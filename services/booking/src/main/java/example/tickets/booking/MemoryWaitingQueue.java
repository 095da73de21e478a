package example.tickets.booking;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Keeps the queues for as long as the process lives, and at most {@code limit} places in all of them together. */
final class MemoryWaitingQueue implements WaitingQueue {

    private final int limit;
    private final Map<String, Map<String, Place>> shows = new HashMap<>();
    private final Map<String, Place> byId = new HashMap<>();

    MemoryWaitingQueue(int limit) {
        this.limit = limit;
    }

    @Override
    public synchronized Kept<Place> join(String show, String holder, String id) {
        Map<String, Place> queue = shows.computeIfAbsent(show, name -> new HashMap<>());
        Place place = queue.get(holder);
        if (place != null) {
            return new Kept<>(place, false);
        }
        if (byId.size() >= limit) {
            throw new Refusal(Refusal.Reason.FULL, "the waiting queue is full");
        }
        place = new Place(id, show, queue.size() + 1L);
        queue.put(holder, place);
        byId.put(id, place);
        return new Kept<>(place, true);
    }

    @Override
    public synchronized Optional<Place> find(String id) {
        return Optional.ofNullable(byId.get(id));
    }
}
