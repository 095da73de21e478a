package example.tickets.booking;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.Test;

class QueueMetersTest {

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final QueueMeters queues = new QueueMeters(meters);

    private double value(String name, String show) {
        return meters.get(name).tag("show", show).gauge().value();
    }

    @Test
    void tellsHowManyWaitAndHowFarTheGateIs() {
        queues.show("hamlet", 12, 5);
        queues.show("nutcracker", 3, 3);
        queues.show("hamlet", 14, 6);
        assertThat(value("queue.waiting", "hamlet")).isEqualTo(8);
        assertThat(value("queue.admitted", "hamlet")).isEqualTo(6);
        assertThat(value("queue.waiting", "nutcracker")).isZero();
        assertThat(meters.getMeters()).hasSize(4);
    }

    @Test
    void nobodyWaitsBeforeAGateThatIsWiderThanTheQueue() {
        queues.show("hamlet", 3, 40);
        assertThat(value("queue.waiting", "hamlet")).isZero();
    }
}
