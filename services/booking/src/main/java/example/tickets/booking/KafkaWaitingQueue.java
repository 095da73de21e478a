package example.tickets.booking;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;

import tools.jackson.databind.json.JsonMapper;

/**
 * Kafka takes the rush and gives the order; {@link QueueReader} numbers it, and DynamoDB remembers. The key of a record is the show, so the joins of a
 * show are in one partition, in the order in which Kafka got them. There is no holder in it.
 */
final class KafkaWaitingQueue implements WaitingQueue {

    private static final JsonMapper json = new JsonMapper();

    private final Sender sender;
    private final Turns turns;

    KafkaWaitingQueue(Sender sender, Turns turns) {
        this.sender = sender;
        this.turns = turns;
    }

    @Override
    public void join(String show, String id, String request) {
        sender.send(show, json.writeValueAsString(Map.of("version", 1, "id", id)), request);
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
