package example.tickets.booking;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;

import org.junit.jupiter.api.Test;

class SeatIdTest {

    @Test
    void idsSayTheirSeatAndAreShortEnoughForOthers() {
        SeatId longest = new SeatId("a".repeat(31), "Z-100");
        for (int n = 0; n < 1000; n++) {
            String id = longest.newId();
            assertThat(id).hasSizeLessThanOrEqualTo(64);
            assertThat(SeatId.of(id)).contains(longest);
        }
        assertThat(longest.newId()).isNotEqualTo(longest.newId());
    }

    @Test
    void timesSortAsText() {
        Instant second = Instant.parse("2027-12-03T10:00:00Z");
        assertThat(Timestamp.of(second)).isEqualTo("2027-12-03T10:00:00.000Z");
        assertThat(Timestamp.of(second.plusNanos(999_999))).isEqualTo("2027-12-03T10:00:00.000Z");
        assertThat(Timestamp.of(second.minusMillis(1))).isLessThan(Timestamp.of(second));
        assertThat(Timestamp.day(second.minusMillis(1))).isEqualTo("2027-12-03");
    }
}
