package example.tickets.booking;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import software.amazon.awssdk.core.exception.SdkClientException;

/** All of the service on doubles of both stores, as it is put together when it has them. */
@Timeout(120)
class StoresTest {

    private static final Show HAMLET = new Show(
            "hamlet", "Hamlet", "Globe", OffsetDateTime.parse("2027-12-03T19:30:00+09:00"), 2, 3, new Show.Queue(10, 10));

    private final TestClock clock = new TestClock();
    private final QueueRig rig = new QueueRig();
    private final FakeDynamo client = new FakeDynamo();
    private final Settings settings =
            SettingsTest.stores(Tables.create(client, "test"), QueueRig.TOPIC, "test.booking.bookings", List.of(HAMLET));
    private final Stores stores = Stores.outside(settings, client, rig.producer, rig.consumer, clock, rig.meters);
    private final BoxOffice office = new BoxOffice(
            stores.shows(), stores.bookings(), stores.queue(), stores.key(), stores.events(), clock, Duration.ofMinutes(5));

    @AfterEach
    void close() {
        stores.close();
    }

    @Test
    void takesSomebodyFromTheQueueToABookingThatIsTold() {
        stores.warmUp();
        rig.assign();
        assertThat(office.availabilities()).extracting(BoxOffice.Availability::show).containsExactly(HAMLET);
        String id = office.join("hamlet", "Kim", "r-1");
        BookingsContract.refused(Refusal.Reason.NOT_FOUND, "id: no such place, or not yet", () -> office.place(id, Caller.ANYBODY));
        rig.carry();
        await().until(() -> {
            try {
                return office.place(id, Caller.ANYBODY).turn().state() == Turn.State.WAITING;
            } catch (Refusal e) {
                return false;
            }
        });
        office.admit();
        clock.advance(Duration.ofSeconds(1));
        String token = office.place(id, Caller.ANYBODY).token();
        Hold hold = office.hold("hamlet", "A-1", "Kim", token).value();
        Booking booking = office.book(hold.id(), "Kim", "r-2").value();
        assertThat(office.booking(booking.id(), Caller.ANYBODY)).isEqualTo(booking);
        await().until(() -> rig.producer.history().size() == 2);
        assertThat(rig.producer.history()).extracting(ProducerRecord::topic).containsExactly(QueueRig.TOPIC, "test.booking.bookings");
    }

    @Test
    void startsWithoutItsStoresAndFindsThemLater() {
        client.before = call -> {
            throw SdkClientException.create("connection refused");
        };
        rig.producer.partitionsForException = new TimeoutException("no broker");
        stores.warmUp();
        client.before = call -> {};
        assertThat(office.availability("hamlet").taken()).isEmpty();
        assertThat(rig.meters.get("store.failures").tag("store", "dynamodb").counter().count()).isEqualTo(1);
        assertThat(rig.meters.get("store.failures").tag("store", "kafka").counter().count()).isEqualTo(1);
    }

    @Test
    void closesItsClientsAlsoIfOneOfThemCannotBeClosed() {
        Set<String> closed = ConcurrentHashMap.newKeySet();
        client.before = closed::add;
        rig.producer.closeException = new IllegalStateException("no");
        stores.close();
        assertThat(rig.consumer.closed()).isTrue();
        assertThat(closed).contains("close");
        rig.producer.closeException = null;
    }
}
