package example.tickets.booking;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import software.amazon.awssdk.core.exception.SdkClientException;

@ExtendWith(OutputCaptureExtension.class)
class RepublishTest {

    private static final Instant NOW = Instant.parse("2027-11-23T09:00:00Z");

    private final FakeDynamo client = new FakeDynamo();
    private final Settings.Tables tables = Tables.create(client, "test");
    private final StoreFailures failures = new StoreFailures(new SimpleMeterRegistry());
    private final Dynamo dynamo = new Dynamo(client, failures);
    private final DynamoBookings bookings =
            new DynamoBookings(dynamo, tables.seats(), "seoul", new DynamoSales(dynamo, tables.sales()));
    private final MockProducer<String, String> producer =
            new MockProducer<>(true, null, new StringSerializer(), new StringSerializer());

    private int republish(Duration ago) {
        return Republish.tell(bookings, new Sender(producer, "topic", failures), NOW.minus(ago), NOW);
    }

    private Booking booked(int n, Instant at) {
        SeatId seat = new SeatId("hamlet", "A-" + n);
        Hold hold = bookings.hold(new Hold(seat.newId(), "hamlet", seat.seat(), "Kim", at.plusSeconds(60)), at).value();
        return bookings.book(hold.id(), "Kim", seat.newId(), at, "r").value();
    }

    @Test
    void tellsAllBookingsSinceATimeOnce() {
        Set<String> wanted = new HashSet<>();
        client.page = 100;
        // More than are under way at once.
        for (int n = 0; n < 600; n++) {
            Booking booking = booked(n, NOW.minusSeconds(n + 1L));
            bookings.told(booking);
            wanted.add(booking.id());
        }
        booked(600, NOW.minus(Duration.ofMinutes(11)));
        assertThat(republish(Duration.ofMinutes(10).plusMillis(1))).isZero();
        assertThat(producer.history()).extracting(ProducerRecord::key).hasSize(600).containsAll(wanted);
    }

    @Test
    void saysWhenNotAllAreTold() {
        booked(1, NOW);
        producer.sendException = new TimeoutException("no broker");
        assertThat(republish(Duration.ofMinutes(1))).isEqualTo(1);
        client.before = call -> {
            throw SdkClientException.create("connection refused");
        };
        assertThat(republish(Duration.ofMinutes(1))).isEqualTo(1);
    }

    @Test
    void takesATime() {
        String[] arguments = {"republish", "--since", "2027-11-23T08:30:00Z"};
        assertThat(Republish.main(arguments, NOW, since -> since.equals(NOW.minusSeconds(1800)) ? 0 : 9)).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "--since", "--until 2027-11-23T08:30:00Z", "--since soon", "--since 2027-11-23T09:00:00.001Z",
        "--since 2027-11-16T08:59:59Z", "--since 2027-11-23T08:30:00Z more"})
    void refusesWhatIsNoTimeOfTheLastDays(String arguments, CapturedOutput output) {
        String[] all = ("republish " + arguments).strip().split(" ");
        assertThat(Republish.main(all, NOW, since -> 0)).isEqualTo(2);
        assertThat(output.getErr())
                .contains("republish: --since: given ", "allowed is a time of the last 7 days as in --since 2027-11-23T08:30:00.000Z");
    }

    @Test
    void needsTheStoresOfTheService(CapturedOutput output) {
        String[] arguments = {"republish", "--since", Timestamp.of(Instant.now().minusSeconds(60))};
        assertThat(Republish.main(arguments)).isEqualTo(2);
        assertThat(output.getOut()).contains("there are no stores");
    }
}
