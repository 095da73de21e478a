package example.tickets.booking;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringSerializer;

/** Kafka's own doubles, joined: what the producer sends is in a log of one partition, from which the consumer reads. */
final class QueueRig {

    static final String TOPIC = "test.booking.queue";
    static final TopicPartition PARTITION = new TopicPartition(TOPIC, 0);

    final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    final MockProducer<String, String> producer =
            new MockProducer<>(true, null, new StringSerializer(), new StringSerializer());
    final MockConsumer<String, String> consumer = new MockConsumer<>("earliest");
    final List<ConsumerRecord<String, String>> log = new ArrayList<>();
    private int sent;
    private int read;

    /** To be called when something has subscribed. */
    void assign() {
        consumer.updateBeginningOffsets(Map.of(PARTITION, 0L));
        consumer.updateEndOffsets(new HashMap<>(Map.of(PARTITION, (long) log.size())));
        consumer.rebalance(List.of(PARTITION));
    }

    void add(String key, String value) {
        log.add(new ConsumerRecord<>(TOPIC, 0, log.size(), key, value));
        consumer.updateEndOffsets(Map.of(PARTITION, (long) log.size()));
    }

    /** Brings what was sent to where it is read. */
    void carry() {
        List<ProducerRecord<String, String>> history = producer.history();
        for (; sent < history.size(); sent++) {
            if (history.get(sent).topic().equals(TOPIC)) {
                add(history.get(sent).key(), history.get(sent).value());
            }
        }
        for (; read < log.size(); read++) {
            consumer.addRecord(log.get(read));
        }
    }

    /** Lets everything be read again that is behind the position. */
    void again() {
        read = (int) consumer.position(PARTITION);
        carry();
    }
}
