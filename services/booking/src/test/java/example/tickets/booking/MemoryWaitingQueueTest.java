package example.tickets.booking;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.Test;

class MemoryWaitingQueueTest extends WaitingQueueContract {

    private final WaitingQueue queue = new MemoryWaitingQueue(1000, ADMISSION, new QueueMeters(new SimpleMeterRegistry()));

    @Override
    WaitingQueue queue() {
        return queue;
    }

    @Override
    void settle(Show show, String lastId) {
        // It is numbered at once.
    }

    @Test
    void isBoundedAsAWhole() {
        WaitingQueue small = new MemoryWaitingQueue(2, ADMISSION, new QueueMeters(new SimpleMeterRegistry()));
        small.join("hamlet", "hamlet.1", "r");
        small.join("macbeth", "macbeth.1", "r");
        BookingsContract.refused(
                Refusal.Reason.FULL, "the waiting queue is full", () -> small.join("hamlet", "hamlet.2", "r"));
        // A full queue still knows who is in it.
        small.join("hamlet", "hamlet.1", "r");
        assertThat(small.turn(show, "hamlet.2", NOW)).isEmpty();
    }
}
