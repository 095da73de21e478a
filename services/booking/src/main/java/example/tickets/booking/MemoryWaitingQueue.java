package example.tickets.booking;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Keeps the queues for as long as the process lives, and at most {@code limit} places in all of them together. */
final class MemoryWaitingQueue implements WaitingQueue {

    private static final String REGION = "memory";

    private final int limit;
    private final MemoryPlaces places = new MemoryPlaces();
    private final Numbering numbering = new Numbering(places, REGION);
    private final Turns turns;
    private long offset;

    MemoryWaitingQueue(int limit, Duration admission, QueueMeters meters) {
        this.limit = limit;
        this.turns = new Turns(places, REGION, admission, meters);
    }

    @Override
    public synchronized void join(String show, String id, String request) {
        if (places.place(id).isPresent()) {
            return;
        }
        if (places.size() >= limit) {
            throw new Refusal(Refusal.Reason.FULL, "the waiting queue is full");
        }
        numbering.fold(show, 0, List.of(new Numbering.Join(offset++, id)), Instant.EPOCH);
    }

    @Override
    public Optional<Turn> turn(Show show, String id, Instant now) {
        return turns.turn(show, id, now);
    }

    @Override
    public void booked(Show show, String id) {
        turns.booked(show, id);
    }

    @Override
    public void admit(Show show, Instant now) {
        turns.admit(show, now);
    }
}
