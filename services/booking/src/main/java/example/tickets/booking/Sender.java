package example.tickets.booking;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;

/**
 * Writes to one topic, and waits until Kafka has it. While Kafka is away one caller at a time finds out whether it is back, and the others are
 * refused at once: otherwise they would all wait, and no thread be left for what needs no Kafka.
 */
final class Sender {

    /** Beyond what the producer itself allows. */
    private static final Duration LONGEST = Kafka.FIND.plus(Kafka.DELIVER).plusSeconds(1);

    private final Producer<String, String> producer;
    private final String topic;
    private final StoreFailures failures;
    private final Semaphore scout = new Semaphore(1);
    private volatile boolean away;

    Sender(Producer<String, String> producer, String topic, StoreFailures failures) {
        this.producer = producer;
        this.topic = topic;
        this.failures = failures;
    }

    /**
     * Returns when Kafka has the record.
     *
     * @param request the id of the request that led to it
     * @throws StoreAway if Kafka may not have it
     */
    void send(String key, String value, String request) {
        boolean scouting = away;
        if (scouting && !scout.tryAcquire()) {
            throw failures.away(StoreFailures.Store.KAFKA, new TimeoutException());
        }
        try {
            await(start(key, value, request));
        } finally {
            if (scouting) {
                scout.release();
            }
        }
    }

    /** Begins to send, for who has many to send. Whether Kafka has it is known from {@link #await}. */
    Future<RecordMetadata> start(String key, String value, String request) {
        ProducerRecord<String, String> message = new ProducerRecord<>(topic, key, value);
        message.headers().add("request-id", request.getBytes(StandardCharsets.UTF_8));
        try {
            return producer.send(message);
        } catch (KafkaException e) {
            throw away(e);
        }
    }

    void await(Future<RecordMetadata> sent) {
        try {
            sent.get(LONGEST.toMillis(), TimeUnit.MILLISECONDS);
            away = false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw failures.away(StoreFailures.Store.KAFKA, e);
        } catch (ExecutionException e) {
            throw away(e.getCause());
        } catch (TimeoutException e) {
            throw away(e);
        }
    }

    /** Connects, so that the first request need not wait for it. */
    void warm() {
        try {
            producer.partitionsFor(topic);
        } catch (KafkaException e) {
            throw away(e);
        }
    }

    private StoreAway away(Throwable cause) {
        away = true;
        return failures.away(StoreFailures.Store.KAFKA, cause);
    }
}
