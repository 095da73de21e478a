package example.tickets.booking;

import static example.tickets.booking.BookingsContract.refused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.Test;

class BoxOfficeTest {

    private static final Duration HOLD = Duration.ofMinutes(5);
    private static final Show HAMLET = show("hamlet", "2027-12-03T19:30:00+09:00", null);
    private static final Show CRUSH = show("crush", "2027-12-04T14:30:00+09:00", new Show.Queue(1, 5));
    private static final Show RUSH = show("rush", "2027-12-04T19:30:00+09:00", new Show.Queue(1, 5));

    private final TestClock clock = new TestClock();
    private final RecordedEvents events = new RecordedEvents();
    private final BreakableQueue queue = new BreakableQueue();
    private final BoxOffice office = new BoxOffice(
            new FixedShows(List.of(HAMLET, RUSH)), new MemoryBookings(), queue, QueueKey.random(), events, clock, HOLD);

    private static Show show(String id, String startsAt, Show.Queue queue) {
        return new Show(id, "Hamlet", "Globe", OffsetDateTime.parse(startsAt), 2, 3, queue);
    }

    /** A queue whose store may be away. */
    private static final class BreakableQueue implements WaitingQueue {

        private final WaitingQueue queue = new MemoryWaitingQueue(100, Duration.ofMinutes(10), new QueueMeters(new SimpleMeterRegistry()));
        private boolean away;
        private String stuck = "";

        @Override
        public void join(String show, String id, String request) {
            queue.join(show, id, request);
        }

        @Override
        public Optional<Turn> turn(Show show, String id, Instant now) {
            return queue.turn(show, id, now);
        }

        @Override
        public void booked(Show show, String id) {
            if (away) {
                throw new StoreAway("dynamodb");
            }
            queue.booked(show, id);
        }

        @Override
        public void admit(Show show, Instant now) {
            if (show.id().equals(stuck)) {
                throw new StoreAway("dynamodb");
            }
            queue.admit(show, now);
        }
    }

    private Kept<Hold> hold(String seat, String holder) {
        return office.hold("hamlet", seat, holder, "");
    }

    private Kept<Booking> book(String hold, String holder) {
        return office.book(hold, holder, "r");
    }

    @Test
    void seatsAreNamedByRow() {
        assertThat(HAMLET.seats()).containsExactly("A-1", "A-2", "A-3", "B-1", "B-2", "B-3");
    }

    @Test
    void holdsUntilItExpires() {
        Hold hold = hold("A-1", "Kim").value();
        assertThat(hold.expiresAt()).isEqualTo(clock.instant().plus(HOLD));

        clock.advance(HOLD.plus(Hold.GRACE).minusMillis(1));
        refused(
                Refusal.Reason.CONFLICT,
                "seat: is held by somebody else",
                () -> hold("A-1", "Lee"));

        clock.advance(Duration.ofMillis(1));
        Kept<Hold> next = hold("A-1", "Lee");
        assertThat(next.created()).isTrue();
        assertThat(next.value().id()).isNotEqualTo(hold.id());
    }

    @Test
    void givesTheSameHolderTheSameHold() {
        Kept<Hold> first = hold("A-1", "Kim");
        clock.advance(HOLD.dividedBy(2));
        // Not prolonged: nobody keeps a seat for ever by asking again.
        assertThat(hold("A-1", "Kim")).isEqualTo(new Kept<>(first.value(), false));

        clock.advance(HOLD);
        assertThat(hold("A-1", "Kim").created()).isTrue();
    }

    @Test
    void knowsShowsAndSeats() {
        refused(Refusal.Reason.NOT_FOUND, "show: no such show", () -> office.hold("macbeth", "A-1", "Kim", ""));
        refused(Refusal.Reason.NOT_FOUND, "seat: this show has no such seat", () -> hold("C-1", "Kim"));
        refused(Refusal.Reason.NOT_FOUND, "show: no such show", () -> office.availability("macbeth"));
        refused(Refusal.Reason.NOT_FOUND, "show: no such show", () -> office.join("macbeth", "Kim", "r"));
        refused(Refusal.Reason.NOT_FOUND, "id: no such booking", () -> office.booking("b", Caller.ANYBODY));
        refused(Refusal.Reason.NOT_FOUND, "id: no such place, or not yet", () -> office.place("p", Caller.ANYBODY));
        refused(Refusal.Reason.NOT_FOUND, "id: no such place, or not yet", () -> office.place("rush.0", Caller.ANYBODY));
        refused(Refusal.Reason.NOT_FOUND, "id: no such place, or not yet", () -> office.place("macbeth.0", Caller.ANYBODY));
        refused(Refusal.Reason.NOT_FOUND, "hold: this holder has no such hold", () -> book("h", "Kim"));
    }

    @Test
    void booksOnesOwnLivingHold() {
        Hold hold = hold("A-1", "Kim").value();
        refused(
                Refusal.Reason.NOT_FOUND,
                "hold: this holder has no such hold",
                () -> book(hold.id(), "Lee"));

        Kept<Booking> booking = book(hold.id(), "Kim");
        assertThat(booking.created()).isTrue();
        assertThat(booking.value())
                .isEqualTo(new Booking(
                        booking.value().id(), hold.id(), "hamlet", "A-1", "Kim", clock.instant()));
        assertThat(office.booking(booking.value().id(), Caller.ANYBODY)).isEqualTo(booking.value());
        assertThat(events.booked).containsExactly(booking.value());
        refused(Refusal.Reason.CONFLICT, "seat: is booked", () -> hold("A-1", "Lee"));
    }

    @Test
    void booksNoExpiredHold() {
        Hold hold = hold("A-1", "Kim").value();
        clock.advance(HOLD);
        refused(Refusal.Reason.CONFLICT, "hold: has expired", () -> book(hold.id(), "Kim"));

        clock.advance(Hold.GRACE);
        hold("A-1", "Lee");
        refused(
                Refusal.Reason.NOT_FOUND,
                "hold: this holder has no such hold",
                () -> book(hold.id(), "Kim"));
        assertThat(events.booked).isEmpty();
    }

    @Test
    void givesTheSameBookingForTheSameHold() {
        Hold hold = hold("A-1", "Kim").value();
        Booking booking = book(hold.id(), "Kim").value();
        clock.advance(HOLD.multipliedBy(2));
        assertThat(book(hold.id(), "Kim")).isEqualTo(new Kept<>(booking, false));
        // Who begins anew, because no answer came, gets there too.
        assertThat(hold("A-1", "Kim")).isEqualTo(new Kept<>(hold, false));
    }

    @Test
    void tellsAnEventThatWasNotTold() {
        Hold hold = hold("A-1", "Kim").value();
        events.failure = new IllegalStateException("connect to broker at 10.0.0.1 as admin");
        assertThatIllegalStateException().isThrownBy(() -> book(hold.id(), "Kim"));
        events.failure = null;
        Booking booking = book(hold.id(), "Kim").value();
        assertThat(events.booked).containsExactly(booking);
    }

    @Test
    void showsWhatIsTaken() {
        hold("A-1", "Kim");
        Hold hold = hold("B-3", "Kim").value();
        book(hold.id(), "Kim");
        assertThat(office.availability("hamlet"))
                .isEqualTo(new BoxOffice.Availability(HAMLET, Map.of("A-1", SeatState.HELD, "B-3", SeatState.BOOKED)));

        clock.advance(HOLD.plus(Hold.GRACE));
        assertThat(office.availabilities())
                .containsExactly(
                        new BoxOffice.Availability(HAMLET, Map.of("B-3", SeatState.BOOKED)),
                        new BoxOffice.Availability(RUSH, Map.of()));
    }

    @Test
    void givesTheSameHolderTheSamePlace() {
        String kim = office.join("rush", "Kim", "r");
        String lee = office.join("rush", "Lee", "r");
        assertThat(office.join("rush", "Kim", "r")).isEqualTo(kim);
        assertThat(office.place(kim, Caller.ANYBODY)).isEqualTo(new BoxOffice.Place(kim, RUSH, Turn.waiting(1, 0), null));
        assertThat(office.place(lee, Caller.ANYBODY).turn()).isEqualTo(Turn.waiting(2, 1));
    }

    @Test
    void queuesForShowsThatHaveAQueueOnly() {
        refused(
                Refusal.Reason.CONFLICT,
                "show: has no queue; hold a seat with POST /holds",
                () -> office.join("hamlet", "Kim", "r"));
    }

    /** Lets in one each second, two at first. */
    private void admit() {
        office.admit();
        clock.advance(Duration.ofSeconds(1));
    }

    @Test
    void letsHoldWhoeverIsLetIn() {
        String kim = office.join("rush", "Kim", "r");
        String lee = office.join("rush", "Lee", "r");
        String park = office.join("rush", "Park", "r");
        refused(
                Refusal.Reason.FORBIDDEN,
                "token: missing; this show has a queue, join it with POST /queue",
                () -> office.hold("rush", "A-1", "Kim", ""));
        admit();
        String token = office.place(kim, Caller.ANYBODY).token();
        assertThat(office.place(park, Caller.ANYBODY).token()).isNull();
        assertThat(office.hold("rush", "A-1", "Kim", token).created()).isTrue();
        assertThat(office.hold("rush", "A-2", "Kim", token).created()).isTrue();
        refused(
                Refusal.Reason.FORBIDDEN,
                "token: is of another show or holder",
                () -> office.hold("rush", "A-3", "Park", token));
        // The same one however often it is asked for.
        clock.advance(Duration.ofMinutes(9));
        assertThat(office.place(kim, Caller.ANYBODY).token()).isEqualTo(token);

        clock.advance(Duration.ofMinutes(1));
        refused(Refusal.Reason.FORBIDDEN, "token: has expired", () -> office.hold("rush", "A-3", "Kim", token));
        assertThat(office.place(kim, Caller.ANYBODY).turn().state()).isEqualTo(Turn.State.GONE);
        assertThat(office.place(kim, Caller.ANYBODY).token()).isNull();
        assertThat(office.place(lee, Caller.ANYBODY).turn().state()).isEqualTo(Turn.State.ADMITTED);
    }

    @Test
    void letsPeopleInWhereAnotherQueueFails() {
        queue.stuck = "crush";
        BoxOffice both = new BoxOffice(
                new FixedShows(List.of(CRUSH, RUSH)), new MemoryBookings(), queue, QueueKey.random(), events, clock, HOLD);
        String kim = both.join("rush", "Kim", "r");
        assertThatExceptionOfType(StoreAway.class).isThrownBy(both::admit);
        assertThat(both.place(kim, Caller.ANYBODY).token()).isNotNull();
    }

    @Test
    void whoHasBookedMakesRoom() {
        List<String> ids = IntStream.rangeClosed(1, 7).mapToObj(n -> office.join("rush", "holder " + n, "r")).toList();
        for (int n = 0; n < 10; n++) {
            admit();
            ids.forEach(id -> office.place(id, Caller.ANYBODY));
        }
        assertThat(office.place(ids.get(4), Caller.ANYBODY).token()).isNotNull();
        assertThat(office.place(ids.get(5), Caller.ANYBODY).token()).isNull();

        queue.away = true;
        bookInTheRush("A-1", "holder 1", office.place(ids.get(0), Caller.ANYBODY).token());
        queue.away = false;
        bookInTheRush("A-2", "holder 2", office.place(ids.get(1), Caller.ANYBODY).token());
        for (int n = 0; n < 10; n++) {
            admit();
        }
        // The first one's room is known to be free only when the time is over.
        assertThat(office.place(ids.get(5), Caller.ANYBODY).token()).isNotNull();
        assertThat(office.place(ids.get(6), Caller.ANYBODY).token()).isNull();
    }

    private void bookInTheRush(String seat, String holder, String token) {
        Hold hold = office.hold("rush", seat, holder, token).value();
        assertThat(book(hold.id(), holder).created()).isTrue();
    }
}
