package example.tickets.booking;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Numbers the joins in those partitions of the queue's topic that this replica has. Who has a place keeps it, whatever is read again; the group's
 * offsets only save that. A record that is no join is logged once and passed over.
 */
final class QueueReader {

    private static final Logger log = LoggerFactory.getLogger(QueueReader.class);
    private static final JsonMapper json = new JsonMapper();
    private static final Duration WAIT = Duration.ofMillis(500);

    private final Consumer<String, String> consumer;
    private final Numbering numbering;
    private final Clock clock;
    private final Counter numbered;
    private final Counter refused;

    QueueReader(Consumer<String, String> consumer, String topic, Numbering numbering, Clock clock, MeterRegistry meters) {
        this.consumer = consumer;
        this.numbering = numbering;
        this.clock = clock;
        this.numbered = Counter.builder("queue.numbered")
                .description("Places that this replica gave")
                .register(meters);
        this.refused = Counter.builder("queue.records.refused")
                .description("Records of the queue's topic that are no joins")
                .register(meters);
        consumer.subscribe(List.of(topic));
    }

    /** Reads and numbers once. After a failure the same records come again. */
    void step() {
        ConsumerRecords<String, String> records = consumer.poll(WAIT);
        RuntimeException failure = null;
        for (TopicPartition partition : records.partitions()) {
            List<ConsumerRecord<String, String>> batch = records.records(partition);
            try {
                number(partition, batch);
                ConsumerRecord<String, String> last = batch.get(batch.size() - 1);
                commit(partition, position(last, last.offset() + 1));
            } catch (RuntimeException e) {
                consumer.seek(partition, position(batch.get(0), batch.get(0).offset()));
                failure = e;
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    private void number(TopicPartition partition, List<ConsumerRecord<String, String>> batch) {
        Map<String, List<Numbering.Join>> joins = new LinkedHashMap<>();
        for (ConsumerRecord<String, String> message : batch) {
            String id = idOf(message);
            if (!id.isEmpty()) {
                joins.computeIfAbsent(message.key(), show -> new ArrayList<>())
                        .add(new Numbering.Join(message.offset(), id));
            }
        }
        // One queue that fails does not stop the others of this stretch, though all of it is read again.
        List<RuntimeException> failures = new ArrayList<>();
        joins.forEach((show, some) -> {
            try {
                numbered.increment(numbering.fold(show, partition.partition(), some, clock.instant()));
            } catch (RuntimeException e) {
                failures.add(e);
            }
        });
        if (!failures.isEmpty()) {
            throw failures.get(0);
        }
    }

    /** The id that a record is about, or nothing if it is no join. */
    private String idOf(ConsumerRecord<String, String> message) {
        String reason;
        try {
            JsonNode value = json.readTree(message.value() == null ? "" : message.value());
            String id = value.path("id").asString("");
            if (value.path("version").asInt(0) != 1) {
                reason = "version";
            } else if (QueueKey.showOf(id).isEmpty() || !QueueKey.showOf(id).equals(message.key())) {
                reason = "id";
            } else {
                return id;
            }
        } catch (JacksonException e) {
            reason = "not JSON";
        }
        refused.increment();
        log.atError()
                .addKeyValue("topic", message.topic())
                .addKeyValue("partition", message.partition())
                .addKeyValue("offset", message.offset())
                .addKeyValue("reason", reason)
                .log("not a join");
        return "";
    }

    /** With its epoch: by that a broker knows whether the log lost its end and has other records there, and then they are read. */
    private static OffsetAndMetadata position(ConsumerRecord<String, String> at, long offset) {
        return new OffsetAndMetadata(offset, at.leaderEpoch(), "");
    }

    private void commit(TopicPartition partition, OffsetAndMetadata position) {
        try {
            consumer.commitSync(Map.of(partition, position));
        } catch (KafkaException e) {
            // Whoever has the partition now begins a little earlier, and finds that it is numbered.
            log.atWarn().addKeyValue("reason", e.getClass().getSimpleName()).log("offset not committed");
        }
    }
}
