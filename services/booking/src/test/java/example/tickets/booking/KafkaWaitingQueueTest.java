package example.tickets.booking;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.ZoneOffset;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class KafkaWaitingQueueTest extends WaitingQueueContract {

    private final QueueRig rig = new QueueRig();
    private final FakeDynamo client = new FakeDynamo();
    private final StoreFailures failures = new StoreFailures(rig.meters);
    private final Places places =
            new DynamoPlaces(new Dynamo(client, failures), Tables.create(client, "test").places());
    private final WaitingQueue queue =
            new KafkaWaitingQueue(new Sender(rig.producer, QueueRig.TOPIC, failures), new Turns(places, "ap-northeast-2", ADMISSION, new QueueMeters(new SimpleMeterRegistry())));
    private final QueueReader reader =
            new QueueReader(rig.consumer, QueueRig.TOPIC, new Numbering(places, "ap-northeast-2"), Clock.fixed(NOW, ZoneOffset.UTC), rig.meters);

    @BeforeEach
    void assign() {
        rig.assign();
    }

    @Override
    WaitingQueue queue() {
        return queue;
    }

    @Override
    void settle(Show show, String lastId) {
        rig.carry();
        reader.step();
    }

    @Test
    void writesWhatANumberIsGivenForAndNoHolder() {
        join(1);
        assertThat(rig.producer.history()).singleElement().satisfies(message -> {
            assertThat(message.topic()).isEqualTo(QueueRig.TOPIC);
            assertThat(message.key()).isEqualTo(show.id());
            assertThat(new JsonMapper().readTree(message.value()))
                    .isEqualTo(new JsonMapper().readTree("{\"version\":1,\"id\":\"%s\"}".formatted(id(1))));
            assertThat(message.headers().lastHeader("request-id").value())
                    .isEqualTo("request-1".getBytes(StandardCharsets.UTF_8));
        });
        assertThat(queue.turn(show, id(1), NOW)).isEmpty();
    }
}
