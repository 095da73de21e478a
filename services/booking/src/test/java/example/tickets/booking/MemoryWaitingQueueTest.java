package example.tickets.booking;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.List;
import java.util.stream.LongStream;

import org.junit.jupiter.api.Test;

class MemoryWaitingQueueTest {

    @Test
    void givesEveryPlaceOnce() throws Exception {
        MemoryWaitingQueue queue = new MemoryWaitingQueue(1000);
        List<Long> places = Race.of(64, caller -> {
            // Each joins twice.
            queue.join("hamlet", "holder " + caller, "a-" + caller);
            return queue.join("hamlet", "holder " + caller, "b-" + caller).value().place();
        });
        assertThat(places).containsExactlyInAnyOrderElementsOf(LongStream.rangeClosed(1, 64).boxed().toList());
    }

    @Test
    void countsByShowAndIsBoundedAsAWhole() {
        MemoryWaitingQueue queue = new MemoryWaitingQueue(2);
        assertThat(queue.join("hamlet", "Kim", "1").value().place()).isEqualTo(1);
        assertThat(queue.join("macbeth", "Kim", "2").value().place()).isEqualTo(1);
        assertThatExceptionOfType(Refusal.class).isThrownBy(() -> queue.join("hamlet", "Lee", "3"));
        assertThat(queue.find("3")).isEmpty();
    }
}
