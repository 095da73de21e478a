package example.tickets.booking;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.function.Predicate;
import java.util.stream.Stream;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.StringSerializer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import software.amazon.awssdk.core.exception.SdkClientException;
import tools.jackson.databind.json.JsonMapper;

@ExtendWith(OutputCaptureExtension.class)
class KafkaBookingEventsTest {

    private static final String TOPIC = "test.booking.bookings";
    private static final Instant NOW = Instant.parse("2027-11-23T09:00:00Z");
    private static final Instant LATER = NOW.plus(KafkaBookingEvents.PATIENCE).plusMillis(1);

    private final FakeDynamo client = new FakeDynamo();
    private final Settings.Tables tables = Tables.create(client, "test");
    private final StoreFailures failures = new StoreFailures(new SimpleMeterRegistry());
    private final Dynamo dynamo = new Dynamo(client, failures);
    private final Sales sales = new DynamoSales(dynamo, tables.sales());
    private final DynamoBookings bookings = new DynamoBookings(dynamo, tables.seats(), "seoul", sales);
    private final MockProducer<String, String> producer =
            new MockProducer<>(true, null, new StringSerializer(), new StringSerializer());
    private final KafkaBookingEvents events =
            new KafkaBookingEvents(bookings, sales, new Sender(producer, TOPIC, failures));

    @BeforeAll
    static void waitLonger() {
        Awaitility.setDefaultTimeout(Duration.ofMinutes(1));
    }

    @AfterEach
    void close() throws Exception {
        events.close();
    }

    private Kept<Booking> book(String seat) {
        SeatId id = new SeatId("hamlet", seat);
        Hold hold = bookings.hold(new Hold(id.newId(), "hamlet", seat, "김하늘", NOW.plusSeconds(60)), NOW).value();
        return bookings.book(hold.id(), "김하늘", id.newId(), NOW, "request-" + seat);
    }

    private List<String> told() {
        return producer.history().stream().map(ProducerRecord::key).toList();
    }

    private List<Sale> left() {
        return bookings.pending(LATER);
    }

    @Test
    void tellsOfABooking() {
        Kept<Booking> booking = book("A-1");
        events.booked(booking, "request-A-1");
        await().until(() -> left().isEmpty());
        assertThat(producer.history()).singleElement().satisfies(message -> {
            assertThat(message.topic()).isEqualTo(TOPIC);
            assertThat(message.key()).isEqualTo(booking.value().id());
            assertThat(message.value())
                    .isEqualTo("{\"version\":1,\"booking\":\"%s\",\"show\":\"hamlet\",\"seat\":\"A-1\",".formatted(booking.value().id())
                            + "\"holder\":\"김하늘\",\"bookedAt\":\"2027-11-23T09:00:00.000Z\"}");
            assertThat(message.headers().lastHeader("request-id").value())
                    .isEqualTo("request-A-1".getBytes(StandardCharsets.UTF_8));
        });
        assertThat(sales.find(booking.value().id())).contains(booking.value());
    }

    @Test
    void doesNotTellAgainForARequestThatIsRepeated() throws Exception {
        Booking booking = book("A-1").value();
        events.booked(new Kept<>(booking, false), "r");
        events.close();
        assertThat(told()).isEmpty();
    }

    @Test
    void sweepsWhatWasLeft() {
        Booking booking = book("A-1").value();
        events.sweep(NOW.plus(KafkaBookingEvents.PATIENCE));
        // Its own replica may be at it.
        assertThat(told()).isEmpty();
        events.sweep(LATER);
        events.sweep(LATER);
        assertThat(told()).containsExactly(booking.id());
        assertThat(new JsonMapper().readTree(producer.history().get(0).value()).get("holder").asString()).isEqualTo("김하늘");
        assertThat(left()).isEmpty();
    }

    /** Wherever it ends: it was told, or it is told by the sweep. */
    @ParameterizedTest
    @ValueSource(strings = {"PutItem", "send", "UpdateItem"})
    void losesNothingByACrash(String call) throws Exception {
        Kept<Booking> booking = book("A-1");
        client.before = made -> {
            if (made.equals(call)) {
                throw SdkClientException.create("connection refused");
            }
        };
        producer.sendException = call.equals("send") ? new TimeoutException("no broker") : null;
        events.booked(booking, "request-A-1");
        events.close();
        boolean told = call.equals("UpdateItem");
        assertThat(told()).hasSize(told ? 1 : 0);
        client.before = made -> {};
        producer.sendException = null;
        assertThat(left()).hasSize(1);

        events.sweep(LATER);
        assertThat(left()).isEmpty();
        assertThat(told()).hasSize(told ? 2 : 1).containsOnly(booking.value().id());
    }

    @Test
    void endsASweepWhenAStoreIsAway() {
        for (int n = 1; n <= 9; n++) {
            book("A-" + n);
        }
        int[] sent = {0};
        KafkaBookingEvents away = events(booking -> {
            sent[0]++;
            return true;
        });
        away.sweep(LATER);
        assertThat(sent[0]).isEqualTo(KafkaBookingEvents.FAILURES);
        assertThat(left()).hasSize(9);
        events.sweep(LATER);
        assertThat(told()).hasSize(9);
    }

    /** With a producer that refuses some bookings. */
    private KafkaBookingEvents events(Predicate<String> refuses) {
        MockProducer<String, String> strict = new MockProducer<>(true, null, new StringSerializer(), new StringSerializer()) {
            @Override
            public synchronized Future<RecordMetadata> send(ProducerRecord<String, String> message) {
                if (refuses.test(message.key())) {
                    throw new RecordTooLargeException();
                }
                return producer.send(message);
            }
        };
        return new KafkaBookingEvents(bookings, sales, new Sender(strict, TOPIC, failures));
    }

    @Test
    void goesOnAfterBookingsThatCannotBeToldAndSaysWhichOnce(CapturedOutput output) {
        // More than a sweep tries.
        Set<String> bad = new HashSet<>();
        for (int n = 1; n <= 7; n++) {
            bad.add(book("A-" + n).value().id());
        }
        List<String> good = List.of(book("B-1").value().id(), book("B-2").value().id());
        KafkaBookingEvents some = events(bad::contains);
        for (int n = 0; n < 9; n++) {
            some.sweep(LATER);
        }
        assertThat(told()).containsExactlyElementsOf(good);
        for (String id : bad) {
            assertThat(output.getOut().lines().filter(line -> line.contains(id) && line.contains("not announced by the sweep"))).hasSize(1);
        }
        // And those, too, once they can be told.
        bad.clear();
        some.sweep(LATER);
        assertThat(told()).hasSize(9);
        assertThat(left()).isEmpty();
    }

    @Test
    void passesOverAnItemThatIsNoBookingAndSaysSoOnce(CapturedOutput output) {
        Booking first = book("A-1").value();
        client.updateItem(update -> update.tableName(tables.seats())
                .key(Map.of("show", Dynamo.text("hamlet"), "seat", Dynamo.text("A-1")))
                .updateExpression("SET requestId = :none")
                .expressionAttributeValues(Map.of(":none", Dynamo.number(1))));
        Booking second = book("A-2").value();
        events.sweep(LATER);
        assertThat(told()).containsExactly(second.id());
        events.sweep(LATER);
        assertThat(output).containsOnlyOnce("not a booking").contains("hamlet A-1");
        assertThat(bookings.since(NOW, LATER)).extracting(sale -> sale.booking().id()).containsExactly(second.id());
        assertThat(bookings.find(first.id())).contains(first);
    }

    @Test
    void repeatsWhatAnIndexThatIsBehindStillHas() {
        Booking booking = book("A-1").value();
        Outbox behind = new Outbox() {
            @Override
            public List<Sale> pending(Instant before) {
                return List.of(new Sale(booking, "r"));
            }

            @Override
            public void told(Booking told) {
                bookings.told(told);
            }

            @Override
            public Stream<Sale> since(Instant since, Instant now) {
                return Stream.empty();
            }
        };
        KafkaBookingEvents again = new KafkaBookingEvents(behind, sales, new Sender(producer, TOPIC, failures));
        again.sweep(LATER);
        again.sweep(LATER);
        assertThat(told()).containsExactly(booking.id(), booking.id());
        assertThat(left()).isEmpty();
    }

    @Test
    void leavesToTheSweepWhatComesTooFastOrTooLate() throws Exception {
        events.close();
        events.booked(book("A-1"), "r");
        assertThat(told()).isEmpty();
        assertThat(left()).hasSize(1);
    }
}
