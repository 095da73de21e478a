package example.tickets.booking;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class BoxOfficeTest {

    private static final Duration HOLD = Duration.ofMinutes(5);
    private static final Show HAMLET =
            new Show("hamlet", "Hamlet", "Globe", OffsetDateTime.parse("2027-12-03T19:30:00+09:00"), 2, 3);

    private final TestClock clock = new TestClock();
    private final RecordedEvents events = new RecordedEvents();
    private final BoxOffice office = new BoxOffice(
            new FixedShows(List.of(HAMLET)), new MemoryBookings(), new MemoryWaitingQueue(2), events, clock, HOLD);

    private static void refused(Refusal.Reason reason, String fault, ThrowingCallable call) {
        assertThatExceptionOfType(Refusal.class).isThrownBy(call).satisfies(refusal -> {
            assertThat(refusal.reason()).isEqualTo(reason);
            assertThat(refusal.faults()).containsExactly(fault);
        });
    }

    @Test
    void seatsAreNamedByRow() {
        assertThat(HAMLET.seats()).containsExactly("A-1", "A-2", "A-3", "B-1", "B-2", "B-3");
    }

    @Test
    void holdsUntilItExpires() {
        Hold hold = office.hold("hamlet", "A-1", "Kim").value();
        assertThat(hold.expiresAt()).isEqualTo(clock.instant().plus(HOLD));

        clock.advance(HOLD.minusMillis(1));
        refused(
                Refusal.Reason.CONFLICT,
                "seat: is held by somebody else",
                () -> office.hold("hamlet", "A-1", "Lee"));

        clock.advance(Duration.ofMillis(1));
        Kept<Hold> next = office.hold("hamlet", "A-1", "Lee");
        assertThat(next.created()).isTrue();
        assertThat(next.value().id()).isNotEqualTo(hold.id());
    }

    @Test
    void givesTheSameHolderTheSameHold() {
        Kept<Hold> first = office.hold("hamlet", "A-1", "Kim");
        clock.advance(HOLD.dividedBy(2));
        // Not prolonged: nobody keeps a seat for ever by asking again.
        assertThat(office.hold("hamlet", "A-1", "Kim")).isEqualTo(new Kept<>(first.value(), false));

        clock.advance(HOLD);
        assertThat(office.hold("hamlet", "A-1", "Kim").created()).isTrue();
    }

    @Test
    void knowsShowsAndSeats() {
        refused(Refusal.Reason.NOT_FOUND, "show: no such show", () -> office.hold("macbeth", "A-1", "Kim"));
        refused(Refusal.Reason.NOT_FOUND, "seat: this show has no such seat", () -> office.hold("hamlet", "C-1", "Kim"));
        refused(Refusal.Reason.NOT_FOUND, "show: no such show", () -> office.sale("macbeth"));
        refused(Refusal.Reason.NOT_FOUND, "show: no such show", () -> office.join("macbeth", "Kim"));
        refused(Refusal.Reason.NOT_FOUND, "id: no such booking", () -> office.booking("b"));
        refused(Refusal.Reason.NOT_FOUND, "id: no such place", () -> office.place("p"));
    }

    @Test
    void booksOnesOwnLivingHold() {
        Hold hold = office.hold("hamlet", "A-1", "Kim").value();
        refused(
                Refusal.Reason.NOT_FOUND,
                "hold: this holder has no such hold",
                () -> office.book(hold.id(), "Lee"));

        Kept<Booking> booking = office.book(hold.id(), "Kim");
        assertThat(booking.created()).isTrue();
        assertThat(booking.value())
                .isEqualTo(new Booking(
                        booking.value().id(), hold.id(), "hamlet", "A-1", "Kim", clock.instant()));
        assertThat(office.booking(booking.value().id())).isEqualTo(booking.value());
        assertThat(events.booked).containsExactly(booking.value());
        refused(Refusal.Reason.CONFLICT, "seat: is booked", () -> office.hold("hamlet", "A-1", "Lee"));
    }

    @Test
    void booksNoExpiredHold() {
        Hold hold = office.hold("hamlet", "A-1", "Kim").value();
        clock.advance(HOLD);
        refused(Refusal.Reason.CONFLICT, "hold: has expired", () -> office.book(hold.id(), "Kim"));

        office.hold("hamlet", "A-1", "Lee");
        refused(
                Refusal.Reason.NOT_FOUND,
                "hold: this holder has no such hold",
                () -> office.book(hold.id(), "Kim"));
        assertThat(events.booked).isEmpty();
    }

    @Test
    void givesTheSameBookingForTheSameHold() {
        Hold hold = office.hold("hamlet", "A-1", "Kim").value();
        Booking booking = office.book(hold.id(), "Kim").value();
        clock.advance(HOLD.multipliedBy(2));
        assertThat(office.book(hold.id(), "Kim")).isEqualTo(new Kept<>(booking, false));
        // Who begins anew, because no answer came, gets there too.
        assertThat(office.hold("hamlet", "A-1", "Kim")).isEqualTo(new Kept<>(hold, false));
    }

    @Test
    void tellsAnEventThatWasNotTold() {
        Hold hold = office.hold("hamlet", "A-1", "Kim").value();
        events.broken = true;
        assertThatIllegalStateException().isThrownBy(() -> office.book(hold.id(), "Kim"));
        events.broken = false;
        Booking booking = office.book(hold.id(), "Kim").value();
        assertThat(events.booked).containsExactly(booking);
    }

    @Test
    void showsWhatIsTaken() {
        office.hold("hamlet", "A-1", "Kim");
        Hold hold = office.hold("hamlet", "B-3", "Kim").value();
        office.book(hold.id(), "Kim");
        assertThat(office.sale("hamlet"))
                .isEqualTo(new BoxOffice.Sale(HAMLET, Map.of("A-1", SeatState.HELD, "B-3", SeatState.BOOKED)));

        clock.advance(HOLD);
        assertThat(office.sales())
                .containsExactly(new BoxOffice.Sale(HAMLET, Map.of("B-3", SeatState.BOOKED)));
    }

    @Test
    void keepsPlacesInTheQueue() {
        Kept<Place> first = office.join("hamlet", "Kim");
        Kept<Place> second = office.join("hamlet", "Lee");
        assertThat(first).isEqualTo(new Kept<>(new Place(first.value().id(), "hamlet", 1), true));
        assertThat(second.value().place()).isEqualTo(2);
        assertThat(office.join("hamlet", "Kim")).isEqualTo(new Kept<>(first.value(), false));
        assertThat(office.place(second.value().id())).isEqualTo(second.value());

        refused(Refusal.Reason.FULL, "the waiting queue is full", () -> office.join("hamlet", "Park"));
        // A full queue still knows who is in it.
        assertThat(office.join("hamlet", "Lee").value()).isEqualTo(second.value());
    }
}
