package example.tickets.booking;

import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.List;

import io.micrometer.core.instrument.MeterRegistry;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.producer.Producer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

/**
 * What is behind each interface: DynamoDB and Kafka, or memory, for all of them alike.
 *
 * @param warm    the first calls of the clients, which take a second: to be made before requests come
 * @param closing what is to be closed, in this order, and how long each may take
 */
record Stores(
        Shows shows,
        Bookings bookings,
        WaitingQueue queue,
        BookingEvents events,
        QueueKey key,
        List<Runnable> warm,
        List<Closing> closing)
        implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Stores.class);
    private static final Duration SWEEP = Duration.ofSeconds(5);
    private static final Duration FAREWELL = Duration.ofSeconds(1);
    /** Beyond what a part itself allows, which is the better end. */
    private static final Duration SLACK = Duration.ofMillis(500);

    static Stores inMemory(Settings settings, MeterRegistry meters) {
        log.info("shows, bookings and queues are in memory, and gone when this ends: there is no TABLE_… and no KAFKA_…");
        BookingEvents events = settings.listener()
                .<BookingEvents>map(PostedBookingEvents::new)
                .orElseGet(LoggedBookingEvents::new);
        return new Stores(
                new FixedShows(settings.shows()),
                new MemoryBookings(),
                new MemoryWaitingQueue(settings.queueLimit(), settings.admission(), new QueueMeters(meters)),
                events,
                settings.queueKey().isEmpty() ? QueueKey.random() : keyOf(settings),
                List.of(),
                events instanceof AutoCloseable closeable
                        ? List.of(new Closing("events", PostedBookingEvents.FAREWELL.plus(SLACK), closeable))
                        : List.of());
    }

    static Stores outside(Settings settings, Clock clock, MeterRegistry meters) {
        return outside(
                settings,
                Dynamo.client(settings.region()),
                Kafka.producer(settings.kafka()),
                Kafka.consumer(settings.kafka()),
                clock,
                meters);
    }

    static Stores outside(
            Settings settings,
            DynamoDbClient client,
            Producer<String, String> producer,
            Consumer<String, String> consumer,
            Clock clock,
            MeterRegistry meters) {
        StoreFailures failures = new StoreFailures(meters);
        Dynamo dynamo = new Dynamo(client, failures);
        Sales sales = new DynamoSales(dynamo, settings.tables().sales());
        DynamoBookings bookings = new DynamoBookings(dynamo, settings.tables().seats(), settings.region(), sales);
        Shows shows = new DynamoShows(dynamo, settings.tables().shows(), settings.shows());
        Places places = new DynamoPlaces(dynamo, settings.tables().places());
        Sender joins = new Sender(producer, settings.topics().queue(), failures);
        Sender sold = new Sender(producer, settings.topics().bookings(), failures);
        KafkaBookingEvents events = new KafkaBookingEvents(bookings, sales, sold);
        QueueReader reader = new QueueReader(
                consumer, settings.topics().queue(), new Numbering(places, settings.region()), clock, meters);
        return new Stores(
                shows,
                bookings,
                new KafkaWaitingQueue(joins, new Turns(places, settings.region(), settings.admission(), new QueueMeters(meters))),
                events,
                keyOf(settings),
                List.of(() -> shows.all(clock.instant()), () -> {
                    joins.warm();
                    sold.warm();
                }),
                List.of(
                        new Closing(
                                "sweep",
                                Background.FAREWELL.plus(SLACK),
                                Background.start("sweep", SWEEP, () -> events.sweep(clock.instant()))),
                        new Closing(
                                "numbering",
                                Background.FAREWELL.plus(SLACK),
                                Background.start("numbering", Duration.ZERO, reader::step)),
                        new Closing("events", KafkaBookingEvents.FAREWELL.plus(SLACK), events),
                        // It leaves the group, so that another replica need not find out that this one is gone.
                        new Closing(
                                "consumer",
                                FAREWELL.plus(SLACK),
                                () -> consumer.close(CloseOptions.timeout(FAREWELL))),
                        new Closing("producer", FAREWELL.plus(SLACK), () -> producer.close(FAREWELL)),
                        new Closing("dynamodb", SLACK, client)));
    }

    private static QueueKey keyOf(Settings settings) {
        return new QueueKey(settings.queueKey().getBytes(StandardCharsets.UTF_8));
    }

    /** A store that is away now may be back when the first request comes: that is no reason not to start. */
    void warmUp() {
        for (Runnable first : warm) {
            try {
                first.run();
            } catch (StoreAway e) {
                log.warn("started without a store");
            }
        }
    }

    @Override
    public void close() {
        for (Closing one : closing) {
            try {
                one.close();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
