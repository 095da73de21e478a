package example.tickets.booking;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.NotEnoughReplicasException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;

class SenderTest {

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

    private MockProducer<String, String> producer(boolean answers) {
        return new MockProducer<>(answers, null, new StringSerializer(), new StringSerializer());
    }

    private Sender sender(MockProducer<String, String> producer) {
        return new Sender(producer, "topic", new StoreFailures(meters));
    }

    private double failures() {
        return meters.get("store.failures").tag("store", "kafka").counter().count();
    }

    private static void away(Runnable call) {
        assertThatExceptionOfType(StoreAway.class).isThrownBy(call::run).withMessage("kafka: does not answer");
    }

    @Test
    void waitsUntilKafkaHasIt() {
        MockProducer<String, String> producer = producer(false);
        Sender sender = sender(producer);
        CompletableFuture<Void> sent = CompletableFuture.runAsync(() -> sender.send("key", "value", "r"));
        await().until(() -> producer.history().size() == 1);
        assertThat(sent).isNotDone();
        producer.completeNext();
        assertThatCode(sent::join).doesNotThrowAnyException();
        assertThat(failures()).isZero();
    }

    @Test
    void isAwayWhenKafkaDoesNotHaveIt() {
        MockProducer<String, String> producer = producer(true);
        Sender sender = sender(producer);
        // Before it is sent, and where to send it is not known.
        for (RuntimeException failure : List.of(new TimeoutException("topic not in metadata"), new AuthenticationException("no"))) {
            producer.sendException = failure;
            away(() -> sender.send("key", "value", "r"));
        }
        producer.sendException = null;
        sender.send("key", "value", "r");
        producer.partitionsForException = new TimeoutException("no broker");
        away(sender::warm);
        assertThat(failures()).isEqualTo(3);
    }

    @Test
    void oneAtATimeFindsOutWhetherKafkaIsBack() {
        MockProducer<String, String> producer = producer(false);
        Sender sender = sender(producer);
        CompletableFuture<Void> first = CompletableFuture.runAsync(() -> sender.send("1", "value", "r"));
        await().until(() -> producer.history().size() == 1);
        producer.errorNext(new NotEnoughReplicasException("no"));
        assertThatCode(first::join).hasCauseInstanceOf(StoreAway.class);

        CompletableFuture<Void> scout = CompletableFuture.runAsync(() -> sender.send("2", "value", "r"));
        await().until(() -> producer.history().size() == 2);
        away(() -> sender.send("3", "value", "r"));
        assertThat(producer.history()).hasSize(2);

        producer.completeNext();
        scout.join();
        CompletableFuture<Void> next = CompletableFuture.runAsync(() -> sender.send("4", "value", "r"));
        CompletableFuture<Void> more = CompletableFuture.runAsync(() -> sender.send("5", "value", "r"));
        await().until(() -> producer.history().size() == 4);
        producer.completeNext();
        producer.completeNext();
        CompletableFuture.allOf(next, more).join();
    }

    @Test
    void endsWhenItIsInterrupted() {
        Sender sender = sender(producer(false));
        Thread.currentThread().interrupt();
        away(() -> sender.send("key", "value", "r"));
        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void clientsTakeTheSettingsAndNothingOfThePasswordIsShown() {
        Settings.Kafka kafka = new Settings.Kafka("127.0.0.1:1", "SASL_SSL", "prod.booking", "pass \"word\\", "prod.booking");
        assertThat(kafka).hasToString("prod.booking@127.0.0.1:1");
        assertThat(Kafka.jaas(kafka.username(), kafka.password()))
                .isEqualTo("org.apache.kafka.common.security.scram.ScramLoginModule required"
                        + " username=\"prod.booking\" password=\"pass \\\"word\\\\\";");
        assertThatCode(() -> Kafka.producer(kafka).close(Duration.ZERO)).doesNotThrowAnyException();
        assertThatCode(() -> Kafka.consumer(kafka).close()).doesNotThrowAnyException();
    }
}
