package example.tickets.booking;

import static org.assertj.core.api.Assertions.assertThat;

import java.text.Normalizer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

/** What DynamoDB does beyond: the outbox, and what was sold. */
abstract class DynamoBookingsContract extends BookingsContract {

    /** Of its own for each test: the outbox of a region is not that of a show. */
    private final String region = "region-of-" + show;
    private DynamoBookings bookings;
    private Sales sales;

    abstract DynamoDbClient client();

    abstract Settings.Tables tables();

    private Dynamo dynamo() {
        return new Dynamo(client(), new StoreFailures(new SimpleMeterRegistry()));
    }

    private DynamoBookings in(String region) {
        return new DynamoBookings(dynamo(), tables().seats(), region, sales());
    }

    final Sales sales() {
        if (sales == null) {
            sales = new DynamoSales(dynamo(), tables().sales());
        }
        return sales;
    }

    @Override
    final DynamoBookings bookings() {
        if (bookings == null) {
            bookings = in(region);
        }
        return bookings;
    }

    private Booking booked(String seat, Instant at) {
        return book(hold(seat, "Kim", at).value(), "Kim", at).value();
    }

    @Test
    void knowsAHolderWhoseNameWasStoredInParts() {
        String parts = Normalizer.normalize("김하늘", Normalizer.Form.NFD);
        Hold hold = hold("A-1", parts, NOW).value();
        Booking booking = book(hold, parts, NOW).value();
        assertThat(bookings().book(hold.id(), "김하늘", new SeatId(show, "A-1").newId(), NOW, "r").value()).isEqualTo(booking);
    }

    @Test
    void putsABookingIntoTheOutboxUntilItIsTold() {
        Booking second = booked("A-2", NOW.plusMillis(1));
        Booking first = booked("A-1", NOW);
        hold("A-3", "Kim", NOW);
        assertThat(bookings().pending(NOW)).isEmpty();
        assertThat(bookings().pending(NOW.plusMillis(1))).containsExactly(new Sale(first, "request-1"));
        assertThat(bookings().pending(NOW.plusMillis(2)))
                .containsExactly(new Sale(first, "request-1"), new Sale(second, "request-1"));

        bookings().told(first);
        bookings().told(first);
        assertThat(bookings().pending(NOW.plusMillis(2))).containsExactly(new Sale(second, "request-1"));
        // It is still booked, and asking for it again brings it not back.
        assertThat(bookings().find(first.id())).contains(first);
        bookings().book(first.hold(), "Kim", new SeatId(show, "A-1").newId(), NOW, "request-2");
        assertThat(bookings().pending(NOW.plusMillis(2))).containsExactly(new Sale(second, "request-1"));
    }

    @Test
    void leavesAnotherRegionsBookingsToIt() {
        Booking booking = booked("A-1", NOW);
        assertThat(in("elsewhere").pending(NOW.plusSeconds(1))).doesNotContain(new Sale(booking, "request-1"));
        assertThat(in("elsewhere").since(NOW, NOW)).contains(new Sale(booking, "request-1"));
    }

    @Test
    void doesNotTakeAnotherBookingOfTheSeatForTold() {
        Booking booking = booked("A-1", NOW);
        Booking lost = new Booking(new SeatId(show, "A-1").newId(), "h", show, "A-1", "Lee", NOW);
        bookings().told(lost);
        bookings().told(new Booking("id", "h", show, "Z-9", "Lee", NOW));
        assertThat(bookings().pending(NOW.plusSeconds(1))).containsExactly(new Sale(booking, "request-1"));
    }

    @Test
    void givesAllBookingsSinceATimeOverDays() {
        Instant now = Instant.parse("2027-11-25T00:00:00.500Z");
        // More than a page, told or not.
        List<Booking> bookings = IntStream.rangeClosed(1, 20)
                .mapToObj(n -> booked("A-" + n, now.minus(Duration.ofHours(3L * n))))
                .toList();
        bookings().told(bookings.get(2));
        Booking ahead = booked("B-1", now.plusSeconds(5));
        Instant since = bookings.get(15).bookedAt();
        assertThat(bookings().since(since, now).map(Sale::booking).filter(sale -> sale.show().equals(show)))
                .hasSize(17)
                .containsAll(bookings.subList(0, 16))
                .contains(ahead);
        Instant future = now.plus(Duration.ofDays(30));
        assertThat(bookings().since(future, future).filter(sale -> sale.booking().show().equals(show))).isEmpty();
    }

    @Test
    void keepsWhatASeatHasLost() {
        Booking winner = booked("A-1", NOW);
        Booking loser = new Booking(new SeatId(show, "A-1").newId(), "h", show, "A-1", "김하늘", NOW);
        sales().put(new Sale(loser, "request-1"));
        sales().put(new Sale(loser, "request-1"));
        assertThat(bookings().find(loser.id())).contains(loser);
        assertThat(sales().find(loser.id())).contains(loser);
        assertThat(sales().find(winner.id())).isEmpty();
    }

    @Test
    void knowsItsOwnWorkWhenAnAnswerWasLost() {
        Hold hold = wanted("A-1", "Kim", NOW);
        assertThat(bookings().hold(hold, NOW)).isEqualTo(new Kept<>(hold, true));
        assertThat(bookings().hold(hold, NOW)).isEqualTo(new Kept<>(hold, true));
        String id = new SeatId(show, "A-1").newId();
        Kept<Booking> booking = bookings().book(hold.id(), "Kim", id, NOW, "r");
        assertThat(booking.created()).isTrue();
        assertThat(bookings().book(hold.id(), "Kim", id, NOW, "r")).isEqualTo(booking);
    }

    @Test
    void readsAShowOnceASecond() {
        hold("A-1", "Kim", NOW);
        assertThat(bookings().taken(show, NOW)).isEqualTo(Map.of("A-1", SeatState.HELD));
        hold("A-2", "Kim", NOW);
        assertThat(bookings().taken(show, NOW.plusMillis(999))).isEqualTo(Map.of("A-1", SeatState.HELD));
        assertThat(bookings().taken(show, NOW.plusMillis(1000))).hasSize(2);
    }
}
