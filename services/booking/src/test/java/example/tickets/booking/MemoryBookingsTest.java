package example.tickets.booking;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;

class MemoryBookingsTest {

    private static final int CALLERS = 32;
    private static final int SEATS = 50;
    private static final Instant NOW = Instant.parse("2027-11-23T09:00:00Z");

    private final MemoryBookings bookings = new MemoryBookings();

    private static Hold wanted(int seat, String holder, Object id) {
        return new Hold("hold-%d-%s".formatted(seat, id), "hamlet", "A-" + seat, holder, NOW.plusSeconds(60));
    }

    @Test
    void oneOfManyGetsASeat() throws Exception {
        List<Map<Integer, Hold>> wins = Race.of(CALLERS, caller -> {
            Map<Integer, Hold> won = new HashMap<>();
            for (int seat = 0; seat < SEATS; seat++) {
                try {
                    won.put(seat, bookings.hold(wanted(seat, "holder " + caller, caller), NOW).value());
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
        assertThat(bookings.taken("hamlet", NOW)).hasSize(SEATS).containsValue(SeatState.HELD);
    }

    @Test
    void oneHolderThatAsksManyTimesGetsOneHoldAndOneBooking() throws Exception {
        List<List<Kept<Booking>>> answers = Race.of(CALLERS, caller -> IntStream.range(0, SEATS)
                .mapToObj(seat -> {
                    Hold hold = bookings.hold(wanted(seat, "Kim", 0), NOW).value();
                    return bookings.book(hold.id(), "Kim", "booking-%d-%d".formatted(seat, caller), NOW);
                })
                .toList());
        for (int n = 0; n < SEATS; n++) {
            int seat = n;
            List<Kept<Booking>> same = answers.stream().map(answer -> answer.get(seat)).toList();
            assertThat(same.stream().map(Kept::value).collect(Collectors.toSet())).hasSize(1);
            assertThat(same.stream().filter(Kept::created)).hasSize(1);
        }
    }

    @Test
    void keepsNoMoreThanTheLatestHoldOfASeat() {
        Instant later = NOW.plusSeconds(60);
        bookings.hold(wanted(1, "Kim", "old"), NOW);
        Hold next = new Hold("new", "hamlet", "A-1", "Kim", later.plusSeconds(60));
        bookings.hold(next, later);
        assertThat(bookings.book("new", "Kim", "b", later).value().hold()).isEqualTo("new");
        assertThat(bookings.find("b")).map(Booking::seat).isEqualTo(Optional.of("A-1"));
        assertThat(bookings.taken("macbeth", later)).isEmpty();
    }
}
