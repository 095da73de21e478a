package example.tickets.booking;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Clients of Kafka, with bounds: what Kafka's own settings let a request wait for is a minute or two, and what they take of memory a tenth of the pod's. */
final class Kafka {

    /** What one record takes at most: to find out where to, and to be there. */
    static final Duration FIND = Duration.ofSeconds(2);
    static final Duration DELIVER = Duration.ofSeconds(5);
    /** How many records are read at once, at most. */
    static final int BATCH = 500;

    private Kafka() {}

    static Producer<String, String> producer(Settings.Kafka kafka) {
        Map<String, Object> config = common(kafka);
        config.put("acks", "all");
        config.put("enable.idempotence", true);
        config.put("max.block.ms", (int) FIND.toMillis());
        config.put("delivery.timeout.ms", (int) DELIVER.toMillis());
        config.put("request.timeout.ms", 2000);
        config.put("linger.ms", 2);
        config.put("buffer.memory", 8 << 20);
        return new KafkaProducer<>(config, new StringSerializer(), new StringSerializer());
    }

    static Consumer<String, String> consumer(Settings.Kafka kafka) {
        Map<String, Object> config = common(kafka);
        config.put("group.id", kafka.group());
        config.put("enable.auto.commit", false);
        config.put("auto.offset.reset", "earliest");
        config.put("max.poll.records", BATCH);
        config.put("default.api.timeout.ms", 5000);
        config.put("request.timeout.ms", 5000);
        // For so long a killed replica keeps its partitions, and nobody numbers them. Brokers allow no less.
        config.put("session.timeout.ms", 6000);
        config.put("heartbeat.interval.ms", 2000);
        // Numbering takes a second or so. A replica in which it hangs must not keep the others from beginning.
        config.put("max.poll.interval.ms", 60_000);
        config.put("fetch.max.bytes", 2 << 20);
        config.put("max.partition.fetch.bytes", 512 << 10);
        return new KafkaConsumer<>(config, new StringDeserializer(), new StringDeserializer());
    }

    static Map<String, Object> common(Settings.Kafka kafka) {
        Map<String, Object> config = new HashMap<>();
        config.put("bootstrap.servers", kafka.brokers());
        config.put("client.id", "booking");
        config.put("security.protocol", kafka.protocol());
        config.put("sasl.mechanism", "SCRAM-SHA-512");
        config.put("sasl.jaas.config", jaas(kafka.username(), kafka.password()));
        config.put("socket.connection.setup.timeout.ms", 2000);
        config.put("socket.connection.setup.timeout.max.ms", 4000);
        config.put("reconnect.backoff.max.ms", 1000);
        // Nobody reads them.
        config.put("metric.reporters", "");
        config.put("enable.metrics.push", false);
        return config;
    }

    static String jaas(String username, String password) {
        return "org.apache.kafka.common.security.scram.ScramLoginModule required username=%s password=%s;"
                .formatted(quoted(username), quoted(password));
    }

    private static String quoted(String text) {
        return "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
    }
}
