package example.tickets.booking;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

class QueueReaderTest {

    private final QueueRig rig = new QueueRig();
    private final FakeDynamo client = new FakeDynamo();
    private final Places places = new DynamoPlaces(
            new Dynamo(client, new StoreFailures(rig.meters)), Tables.create(client, "test").places());
    private final TestClock clock = new TestClock();
    private final QueueReader reader = reader(rig);

    private QueueReader reader(QueueRig rig) {
        return new QueueReader(rig.consumer, QueueRig.TOPIC, new Numbering(places, "seoul"), clock, rig.meters);
    }

    @BeforeEach
    void assign() {
        rig.assign();
    }

    private static String join(String id) {
        return "{\"version\":1,\"id\":\"%s\",\"more\":true}".formatted(id);
    }

    private long committed() {
        OffsetAndMetadata offset = rig.consumer.committed(Set.of(QueueRig.PARTITION)).get(QueueRig.PARTITION);
        return offset == null ? 0 : offset.offset();
    }

    private void step() {
        rig.carry();
        reader.step();
    }

    @Test
    void numbersEachShowInTheOrderOfTheLog() {
        rig.add("hamlet", join("hamlet.1"));
        rig.add("macbeth", join("macbeth.1"));
        rig.add("hamlet", join("hamlet.2"));
        rig.add("hamlet", join("hamlet.1"));
        step();
        assertThat(places.numbered(List.of("hamlet.1", "hamlet.2", "macbeth.1")))
                .isEqualTo(Map.of("hamlet.1", 1L, "hamlet.2", 2L, "macbeth.1", 1L));
        assertThat(places.head("hamlet")).isEqualTo(new Places.Head(2, 3, "seoul", clock.instant(), 0, Map.of("seoul/0", 4L)));
        assertThat(committed()).isEqualTo(4);
        assertThat(rig.meters.get("queue.numbered").counter().count()).isEqualTo(3);
        step();
        assertThat(places.head("hamlet").version()).isEqualTo(2);
    }

    @Test
    void numbersTheOtherShowsOfAStretchWhereOneFails() {
        String table = "test-booking-places";
        Map<String, AttributeValue> broken =
                Map.of("pk", Dynamo.text("show#hamlet"), "sk", Dynamo.text("head"), "version", Dynamo.text("?"));
        client.putItem(put -> put.tableName(table).item(broken));
        rig.add("hamlet", join("hamlet.1"));
        rig.add("macbeth", join("macbeth.1"));
        rig.carry();
        assertThatException().isThrownBy(reader::step);
        assertThat(places.place("macbeth.1")).contains(1L);
        assertThat(committed()).isZero();
    }

    @Test
    void passesOverWhatIsNoJoinAndTellsItOnce() {
        for (String value : new String[] {
            null, "", "{", "[]", "1", "\"hamlet.1\"", "{}", "{\"version\":1}", "{\"version\":1,\"id\":7}", "{\"id\":\"hamlet.1\"}",
            "{\"version\":2,\"id\":\"hamlet.1\"}", join("macbeth.1"), join("hamlet"), join("hamlet.Z"), join("")
        }) {
            rig.add("hamlet", value);
        }
        rig.add(null, join("hamlet.1"));
        rig.add("", join("hamlet.1"));
        rig.add("hamlet", join("hamlet.2"));
        step();
        assertThat(places.numbered(List.of("hamlet.1", "hamlet.2"))).isEqualTo(Map.of("hamlet.2", 1L));
        assertThat(committed()).isEqualTo(18);
        assertThat(rig.meters.get("queue.records.refused").counter().count()).isEqualTo(17);
    }

    @Test
    void readsAgainWhatCouldNotBeWritten() {
        rig.add("hamlet", join("hamlet.1"));
        rig.add("hamlet", join("hamlet.2"));
        for (String call : List.of("GetItem", "BatchGetItem", "BatchWriteItem", "PutItem")) {
            client.before = made -> {
                if (made.equals(call)) {
                    throw SdkClientException.create("connection refused");
                }
            };
            rig.again();
            assertThatExceptionOfType(StoreAway.class).as(call).isThrownBy(reader::step);
            assertThat(committed()).isZero();
        }
        client.before = made -> {};
        rig.again();
        reader.step();
        assertThat(places.numbered(List.of("hamlet.1", "hamlet.2"))).isEqualTo(Map.of("hamlet.1", 1L, "hamlet.2", 2L));
        assertThat(committed()).isEqualTo(2);
    }

    @Test
    void goesOnFromWhatIsNumberedWhenAnotherReplicaTakesOver() {
        rig.add("hamlet", join("hamlet.1"));
        step();
        QueueRig other = new QueueRig();
        QueueReader successor = reader(other);
        other.assign();
        other.add("hamlet", join("hamlet.1"));
        other.add("hamlet", join("hamlet.2"));
        other.carry();
        successor.step();
        // And back again.
        rig.assign();
        rig.add("hamlet", join("hamlet.2"));
        rig.add("hamlet", join("hamlet.3"));
        rig.again();
        reader.step();
        assertThat(places.numbered(List.of("hamlet.1", "hamlet.2", "hamlet.3")))
                .isEqualTo(Map.of("hamlet.1", 1L, "hamlet.2", 2L, "hamlet.3", 3L));
    }

    @Test
    void commitsTheEpochByWhichABrokerTellsThatTheLogWasCut() {
        rig.consumer.addRecord(new ConsumerRecord<>(
                QueueRig.TOPIC, 0, 0, 0, TimestampType.CREATE_TIME, 0, 0, "hamlet", join("hamlet.1"), new RecordHeaders(), Optional.of(7)));
        reader.step();
        assertThat(rig.consumer.committed(Set.of(QueueRig.PARTITION)).get(QueueRig.PARTITION))
                .isEqualTo(new OffsetAndMetadata(1, Optional.of(7), ""));
    }

    @Test
    void goesOnWithoutTheGroupsOffset() {
        MockConsumer<String, String> leaving = new MockConsumer<>("earliest") {
            @Override
            public synchronized void commitSync(Map<TopicPartition, OffsetAndMetadata> offsets) {
                throw new RebalanceInProgressException();
            }
        };
        QueueReader left =
                new QueueReader(leaving, QueueRig.TOPIC, new Numbering(places, "seoul"), clock, rig.meters);
        leaving.updateBeginningOffsets(Map.of(QueueRig.PARTITION, 0L));
        leaving.updateEndOffsets(Map.of(QueueRig.PARTITION, 1L));
        leaving.rebalance(List.of(QueueRig.PARTITION));
        rig.add("hamlet", join("hamlet.1"));
        leaving.addRecord(rig.log.get(0));
        left.step();
        assertThat(places.place("hamlet.1")).contains(1L);
    }
}
