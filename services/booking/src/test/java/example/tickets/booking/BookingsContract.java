package example.tickets.booking;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What every store of bookings does. Each test has a show of its own. */
abstract class BookingsContract {

    static final Instant NOW = Instant.parse("2027-11-23T09:00:00.120Z");
    static final Duration MINUTE = Duration.ofMinutes(1);
    private static final int CALLERS = 16;
    private static final int SEATS = 20;

    final String show = "show-" + UUID.randomUUID().toString().substring(0, 13);

    abstract Bookings bookings();

    final Hold wanted(String seat, String holder, Instant now) {
        return new Hold(new SeatId(show, seat).newId(), show, seat, holder, now.plus(MINUTE));
    }

    final Kept<Hold> hold(String seat, String holder, Instant now) {
        return bookings().hold(wanted(seat, holder, now), now);
    }

    final Kept<Booking> book(Hold hold, String holder, Instant now) {
        return bookings().book(hold.id(), holder, new SeatId(show, hold.seat()).newId(), now, "request-1");
    }

    /** What is listed may be a second old. */
    final Map<String, SeatState> taken(Instant now) {
        return bookings().taken(show, now.plusSeconds(1));
    }

    static void refused(Refusal.Reason reason, String fault, ThrowingCallable call) {
        assertThatExceptionOfType(Refusal.class).isThrownBy(call).satisfies(refusal -> {
            assertThat(refusal.reason()).isEqualTo(reason);
            assertThat(refusal.faults()).containsExactly(fault);
        });
    }

    static void noSuchHold(ThrowingCallable call) {
        refused(Refusal.Reason.NOT_FOUND, "hold: this holder has no such hold", call);
    }

    @Test
    void keepsASeatForItsHolderAndALittleLongerFromOthers() {
        Hold hold = hold("A-1", "Kim", NOW).value();
        for (Instant barred : List.of(NOW, hold.expiresAt(), hold.expiresAt().plus(Hold.GRACE).minusMillis(1))) {
            refused(Refusal.Reason.CONFLICT, "seat: is held by somebody else", () -> hold("A-1", "Lee", barred));
        }
        Kept<Hold> next = hold("A-1", "Lee", hold.expiresAt().plus(Hold.GRACE));
        assertThat(next.created()).isTrue();
        noSuchHold(() -> book(hold, "Kim", NOW));
    }

    @Test
    void givesTheSameHolderTheSameHoldAndDoesNotProlongIt() {
        Hold hold = hold("A-1", "Kim", NOW).value();
        assertThat(hold("A-1", "Kim", hold.expiresAt().minusMillis(1))).isEqualTo(new Kept<>(hold, false));
        // At once: the little longer is for others.
        Kept<Hold> next = hold("A-1", "Kim", hold.expiresAt());
        assertThat(next.created()).isTrue();
        noSuchHold(() -> book(hold, "Kim", NOW));
        assertThat(book(next.value(), "Kim", hold.expiresAt()).created()).isTrue();
    }

    @Test
    void booksOnesOwnLivingHold() {
        Hold hold = hold("A-1", "Kim", NOW).value();
        noSuchHold(() -> book(hold, "Lee", NOW));
        Instant last = hold.expiresAt().minusMillis(1);
        Kept<Booking> booking = book(hold, "Kim", last);
        assertThat(booking.created()).isTrue();
        assertThat(booking.value())
                .isEqualTo(new Booking(booking.value().id(), hold.id(), show, "A-1", "Kim", last));
        refused(Refusal.Reason.CONFLICT, "seat: is booked", () -> hold("A-1", "Lee", last.plus(MINUTE)));
        noSuchHold(() -> book(hold, "Lee", NOW));
    }

    @Test
    void booksNoExpiredHold() {
        Hold hold = hold("A-1", "Kim", NOW).value();
        refused(Refusal.Reason.CONFLICT, "hold: has expired", () -> book(hold, "Kim", hold.expiresAt()));
        assertThat(taken(hold.expiresAt().plus(Hold.GRACE))).isEmpty();
    }

    @Test
    void givesTheSameBookingForTheSameHoldAtAnyTime() {
        Hold hold = hold("A-1", "Kim", NOW).value();
        Booking booking = book(hold, "Kim", NOW).value();
        Instant later = hold.expiresAt().plus(MINUTE);
        assertThat(book(hold, "Kim", later)).isEqualTo(new Kept<>(booking, false));
        // Who begins anew, because no answer came, gets there too.
        assertThat(hold("A-1", "Kim", later)).isEqualTo(new Kept<>(hold, false));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "..", "hamlet.A-1", "hamlet.A-1.", "hamlet.A-1.z", "Hamlet.A-1.0", "hamlet.A-1.0.0", "hamlet.a-1.0"})
    void knowsNothingOfWhatIsNoId(String id) {
        noSuchHold(() -> bookings().book(id, "Kim", "hamlet.A-1.1", NOW, "r"));
        assertThat(bookings().find(id)).isEmpty();
    }

    @Test
    void findsBookingsById() {
        Hold hold = hold("A-1", "Kim", NOW).value();
        assertThat(bookings().find(hold.id())).isEmpty();
        Booking booking = book(hold, "Kim", NOW).value();
        assertThat(bookings().find(booking.id())).contains(booking);
        assertThat(bookings().find(hold.id())).isEmpty();
        assertThat(bookings().find(new SeatId(show, "A-2").newId())).isEmpty();
    }

    @Test
    void listsWhatIsTaken() {
        assertThat(taken(NOW.minusSeconds(10))).isEmpty();
        hold("A-1", "Kim", NOW);
        book(hold("A-2", "Kim", NOW).value(), "Kim", NOW);
        // More than a page.
        for (int n = 1; n <= 20; n++) {
            hold("B-" + n, "Lee", NOW.minus(MINUTE).minus(Hold.GRACE));
        }
        assertThat(taken(NOW)).isEqualTo(Map.of("A-1", SeatState.HELD, "A-2", SeatState.BOOKED));
        assertThat(taken(NOW.plus(MINUTE))).isEqualTo(Map.of("A-1", SeatState.HELD, "A-2", SeatState.BOOKED));
        assertThat(taken(NOW.plus(MINUTE).plus(Hold.GRACE))).isEqualTo(Map.of("A-2", SeatState.BOOKED));
    }

    @Test
    void oneOfManyGetsASeat() throws Exception {
        List<Map<Integer, Hold>> wins = Race.of(CALLERS, caller -> {
            Map<Integer, Hold> won = new HashMap<>();
            for (int seat = 0; seat < SEATS; seat++) {
                try {
                    won.put(seat, hold("A-" + seat, "holder " + caller, NOW).value());
                } catch (Refusal refusal) {
                    assertThat(refusal.reason()).isEqualTo(Refusal.Reason.CONFLICT);
                }
            }
            return won;
        });
        for (int n = 0; n < SEATS; n++) {
            int seat = n;
            assertThat(wins.stream().filter(won -> won.containsKey(seat))).as("winners of seat %d", seat).hasSize(1);
        }
        assertThat(taken(NOW)).hasSize(SEATS).containsValue(SeatState.HELD);
    }

    @Test
    void oneHolderThatAsksManyTimesGetsOneHoldAndOneBooking() throws Exception {
        List<List<Kept<Booking>>> answers = Race.of(CALLERS, caller -> IntStream.range(0, SEATS)
                .mapToObj(seat -> book(hold("A-" + seat, "Kim", NOW).value(), "Kim", NOW))
                .toList());
        for (int n = 0; n < SEATS; n++) {
            int seat = n;
            List<Kept<Booking>> same = answers.stream().map(answer -> answer.get(seat)).toList();
            assertThat(same.stream().map(Kept::value).collect(Collectors.toSet())).hasSize(1);
            assertThat(same.stream().filter(Kept::created)).hasSize(1);
        }
    }
}
