package example.tickets.booking;

import static example.tickets.booking.BookingsContract.refused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.time.Instant;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class QueueKeyTest {

    private static final Instant NOW = Instant.parse("2027-11-23T09:00:00Z");
    private static final Instant UNTIL = NOW.plusSeconds(60);

    private final QueueKey key = new QueueKey("0123456789abcdef0123456789abcdef".getBytes());
    private final String token = key.token(key.id("hamlet", "김하늘"), 17, UNTIL);

    private void foreign(String token, String show, String holder) {
        refused(Refusal.Reason.FORBIDDEN, "token: is of another show or holder", () -> key.check(token, show, holder, NOW));
    }

    @Test
    void theSameHolderOfTheSameShowHasTheSameId() {
        String id = key.id("hamlet", "김하늘");
        assertThat(id).isEqualTo(key.id("hamlet", "김하늘")).matches("hamlet\\.[0-9a-v]{20,26}");
        assertThat(id).isNotEqualTo(key.id("hamlet", "Kim"));
        assertThat(id.substring(7)).isNotEqualTo(key.id("macbet", "김하늘").substring(7));
        assertThat(id).isNotEqualTo(QueueKey.random().id("hamlet", "김하늘"));
        assertThat(QueueKey.random().id("hamlet", "Kim")).isNotEqualTo(QueueKey.random().id("hamlet", "Kim"));
    }

    @Test
    void anIdSaysItsShow() {
        assertThat(QueueKey.showOf(key.id("hamlet", "Kim"))).isEqualTo("hamlet");
        for (String wrong : new String[] {"", "hamlet", "hamlet.", ".0", "Hamlet.0", "hamlet.w", "hamlet.0.0", "hamlet.0\n"}) {
            assertThat(QueueKey.showOf(wrong)).isEmpty();
        }
    }

    @Test
    void aTokenIsGoodUpToItsEnd() {
        assertThatCode(() -> key.check(token, "hamlet", "김하늘", UNTIL.minusMillis(1))).doesNotThrowAnyException();
        refused(
                Refusal.Reason.FORBIDDEN, "token: has expired", () -> key.check(token, "hamlet", "김하늘", UNTIL));
    }

    @Test
    void aTokenIsOfOneHolderAndOneShow() {
        foreign(token, "hamlet", "Kim");
        foreign(token, "macbeth", "김하늘");
        foreign(QueueKey.random().token(key.id("hamlet", "김하늘"), 17, UNTIL), "hamlet", "김하늘");
    }

    @Test
    void aTokenCannotBeChanged() {
        String[] parts = token.split("\\.");
        foreign("16." + parts[1] + "." + parts[2], "hamlet", "김하늘");
        foreign(parts[0] + "." + (Long.parseLong(parts[1]) + 1) + "." + parts[2], "hamlet", "김하늘");
        char last = token.charAt(20);
        foreign(token.substring(0, 20) + (last == 'A' ? 'B' : 'A') + token.substring(21), "hamlet", "김하늘");
    }

    @Test
    void aTokenMustBeThere() {
        refused(
                Refusal.Reason.FORBIDDEN,
                "token: missing; this show has a queue, join it with POST /queue",
                () -> key.check("", "hamlet", "Kim", NOW));
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "..", "1.2.3", "-1.2.0123456789abcdefghijklmnopqrstuvwxyzABCDEFG", "1.9999999999999999.0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"})
    void aTokenHasAForm(String wrong) {
        refused(
                Refusal.Reason.INVALID,
                "token: allowed is what GET /queue/{id} gave",
                () -> key.check(wrong, "hamlet", "Kim", NOW));
    }
}
