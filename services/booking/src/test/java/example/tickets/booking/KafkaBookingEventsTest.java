package example.tickets.booking;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.StringSerializer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.core.exception.SdkClientException;
import tools.jackson.databind.json.JsonMapper;

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
    void endsASweepAtTheFirstFailure() {
        for (String seat : List.of("A-1", "A-2", "A-3")) {
            book(seat);
        }
        producer.sendException = new TimeoutException("no broker");
        assertThatExceptionOfType(StoreAway.class).isThrownBy(() -> events.sweep(LATER));
        producer.sendException = null;
        assertThat(left()).hasSize(3);
        events.sweep(LATER);
        assertThat(told()).hasSize(3);
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
