package example.tickets.booking;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.CloseOptions.GroupMembershipOperation;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

/**
 * The same contracts with a real DynamoDB and a real Kafka, where the environment says that they are, in the names that the service has of it. Each
 * run makes tables and topics of its own, so whoever runs it must be allowed to.
 */
@Tag("engine")
class EngineTest {

    private static final String RUN = "test-" + UUID.randomUUID().toString().substring(0, 8);
    private static final int PARTITIONS = 3;

    private static Settings settings;
    private static DynamoDbClient client;
    private static Producer<String, String> producer;

    private static String variable(String name) {
        return Objects.requireNonNull(System.getenv(name), name + " is not set; these tests need a DynamoDB and a Kafka");
    }

    @BeforeAll
    static void connect() throws Exception {
        variable("AWS_ENDPOINT_URL_DYNAMODB");
        // What it does is tested, and not how fast: the machine may be busy.
        client = Dynamo.bounded(Duration.ofSeconds(20), Duration.ofMinutes(1), Dynamo.RETRIES)
                .region(Region.of(variable("AWS_REGION")))
                .build();
        Settings.Kafka kafka = new Settings.Kafka(
                variable("KAFKA_BROKERS"),
                variable("KAFKA_PROTOCOL"),
                variable("KAFKA_USERNAME"),
                variable("KAFKA_PASSWORD"),
                variable("KAFKA_GROUP") + "." + RUN);
        Settings.Topics topics = new Settings.Topics(
                variable("KAFKA_GROUP") + ".queue." + RUN, variable("KAFKA_GROUP") + ".bookings." + RUN);
        settings = new Settings(
                "0123abc",
                Duration.ZERO,
                Duration.ofMinutes(5),
                WaitingQueueContract.ADMISSION,
                "",
                1,
                "0123456789abcdef0123456789abcdef",
                "",
                variable("AWS_REGION"),
                Tables.create(client, RUN),
                kafka,
                topics,
                List.of());
        try (Admin admin = Admin.create(Kafka.common(kafka))) {
            admin.createTopics(Stream.of(topics.queue(), topics.bookings())
                            .map(topic -> new NewTopic(topic, PARTITIONS, (short) -1))
                            .toList())
                    .all()
                    .get(30, TimeUnit.SECONDS);
        }
        producer = Kafka.producer(kafka);
        await().atMost(Duration.ofMinutes(1)).ignoreExceptions().untilAsserted(() -> {
            sender(topics.queue()).warm();
            sender(topics.bookings()).warm();
        });
    }

    @AfterAll
    static void close() {
        if (producer != null) {
            producer.close();
        }
        if (client != null) {
            client.close();
        }
    }

    private static StoreFailures failures() {
        return new StoreFailures(new SimpleMeterRegistry());
    }

    private static DynamoPlaces dynamoPlaces() {
        return new DynamoPlaces(new Dynamo(client, failures()), settings.tables().places());
    }

    private static Sender sender(String topic) {
        return new Sender(producer, topic, failures());
    }

    private static Background reader(Consumer<String, String> consumer) {
        QueueReader reader = new QueueReader(
                consumer,
                settings.topics().queue(),
                new Numbering(dynamoPlaces(), settings.region()),
                Clock.systemUTC(),
                new SimpleMeterRegistry());
        return Background.start("numbering", Duration.ZERO, reader::step);
    }

    @Nested
    class BookingsInDynamo extends DynamoBookingsContract {

        @Override
        DynamoDbClient client() {
            return client;
        }

        @Override
        Settings.Tables tables() {
            return settings.tables();
        }
    }

    @Nested
    class ShowsInDynamo extends DynamoShowsContract {

        @Override
        DynamoDbClient client() {
            return client;
        }
    }

    @Nested
    class PlacesInDynamo extends PlacesContract {

        private final Places places = dynamoPlaces();

        @Override
        Places places() {
            return places;
        }
    }

    @Nested
    class QueueInKafka extends WaitingQueueContract {

        private static Consumer<String, String> consumer;
        private static Background reader;

        private final WaitingQueue queue =
                new KafkaWaitingQueue(sender(settings.topics().queue()), new Turns(dynamoPlaces(), settings.region(), ADMISSION, new QueueMeters(new SimpleMeterRegistry())));

        @BeforeAll
        static void read() {
            consumer = Kafka.consumer(settings.kafka());
            reader = reader(consumer);
        }

        @AfterAll
        static void end() throws Exception {
            reader.close();
            consumer.close();
        }

        @Override
        WaitingQueue queue() {
            return queue;
        }

        @Override
        void settle(Show show, String lastId) {
            await().atMost(Duration.ofMinutes(1)).until(() -> dynamoPlaces().place(lastId).isPresent());
        }
    }

    /** A replica that is gone without a word in the middle of a rush: nobody loses a place, nobody has two, and there is no hole. */
    @Test
    void numbersEverybodyOnceWhenAReplicaIsGone() throws Exception {
        String show = "rush-" + RUN;
        Settings.Kafka own = new Settings.Kafka(
                settings.kafka().brokers(),
                settings.kafka().protocol(),
                settings.kafka().username(),
                settings.kafka().password(),
                settings.kafka().group() + ".rush");
        Sender sender = sender(settings.topics().queue());
        WaitingQueue queue = new KafkaWaitingQueue(sender, new Turns(dynamoPlaces(), settings.region(), Duration.ofMinutes(1), new QueueMeters(new SimpleMeterRegistry())));
        Consumer<String, String> first = Kafka.consumer(own);
        QueueReader doomed = new QueueReader(
                first,
                settings.topics().queue(),
                new Numbering(dynamoPlaces(), settings.region()),
                Clock.systemUTC(),
                new SimpleMeterRegistry());
        Race.of(32, caller -> {
            for (int n = 0; n < 50; n++) {
                queue.join(show, "%s.%d".formatted(show, caller * 50 + n), "r");
            }
            return true;
        });
        await().atMost(Duration.ofMinutes(1)).until(() -> {
            doomed.step();
            return dynamoPlaces().head(show).next() > 1;
        });
        // As when the process is killed: nobody tells the group.
        first.close(CloseOptions.timeout(Duration.ZERO).withGroupMembershipOperation(GroupMembershipOperation.REMAIN_IN_GROUP));
        List<String> ids = IntStream.range(0, 1600).mapToObj(n -> show + "." + n).toList();
        try (Consumer<String, String> second = Kafka.consumer(own)) {
            Background successor = reader(second);
            await().atMost(Duration.ofMinutes(2)).until(() -> dynamoPlaces().head(show).next() == 1601);
            successor.close();
        }
        assertThat(dynamoPlaces().numbered(ids).values())
                .containsExactlyInAnyOrderElementsOf(LongStream.rangeClosed(1, 1600).boxed().toList());
    }

    @Test
    void tellsEveryBookingByKafka() throws Exception {
        Dynamo dynamo = new Dynamo(client, failures());
        Sales sales = new DynamoSales(dynamo, settings.tables().sales());
        DynamoBookings bookings = new DynamoBookings(dynamo, settings.tables().seats(), RUN, sales);
        Instant now = Instant.parse("2027-11-23T09:00:00Z");
        Set<String> wanted = new HashSet<>();
        KafkaBookingEvents events = new KafkaBookingEvents(bookings, sales, sender(settings.topics().bookings()));
        for (int n = 1; n <= 50; n++) {
            SeatId seat = new SeatId("told-" + RUN, "A-" + n);
            Hold hold = bookings.hold(new Hold(seat.newId(), seat.show(), seat.seat(), "김하늘", now.plusSeconds(60)), now).value();
            Kept<Booking> booking = bookings.book(hold.id(), "김하늘", seat.newId(), now, "request-" + n);
            wanted.add(booking.value().id());
            if (n % 2 == 0) {
                events.booked(booking, "request-" + n);
            }
        }
        events.close();
        events.sweep(now.plusSeconds(60));
        assertThat(bookings.pending(now.plusSeconds(60))).isEmpty();
        Map<String, List<String>> told = read(settings.topics().bookings(), 50);
        assertThat(told.keySet()).isEqualTo(wanted);

        assertThat(Republish.tell(bookings, sender(settings.topics().bookings()), now.minusSeconds(1), now)).isZero();
        assertThat(read(settings.topics().bookings(), 100).values()).allMatch(same -> Set.copyOf(same).size() == 1);
    }

    /** The values of a topic by key, as soon as there are so many. */
    private static Map<String, List<String>> read(String topic, int least) {
        try (Consumer<String, String> consumer = Kafka.consumer(settings.kafka())) {
            List<TopicPartition> partitions =
                    IntStream.range(0, PARTITIONS).mapToObj(n -> new TopicPartition(topic, n)).toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Set<ConsumerRecord<String, String>> found = new HashSet<>();
            await().atMost(Duration.ofMinutes(1)).until(() -> {
                consumer.poll(Duration.ofMillis(500)).forEach(found::add);
                return found.size() >= least;
            });
            return found.stream()
                    .collect(Collectors.groupingBy(
                            ConsumerRecord::key, Collectors.mapping(ConsumerRecord::value, Collectors.toList())));
        }
    }
}
