package example.tickets.booking;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.URI;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.List;

import org.junit.jupiter.api.Test;

class SettingsTest {

    private static Settings settings(Duration drain, Duration hold) {
        return settings(drain, hold, "");
    }

    private static Settings settings(Duration drain, Duration hold, String bookedUrl) {
        return new Settings("0123abc", drain, hold, bookedUrl, 1, List.of());
    }

    @Test
    void boundsAreInclusive() {
        assertThat(settings(Duration.ZERO, Duration.ofSeconds(1)).drain()).isZero();
        assertThat(settings(Duration.ofSeconds(15), Duration.ofHours(1)).hold()).hasHours(1);
    }

    @Test
    void namesEveryFaultAtOnce() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> settings(Duration.ofSeconds(16), Duration.ZERO, "ticket/tickets"))
                .withMessage("DRAIN: PT16S was given, allowed is a duration from 0s to 15s; "
                        + "HOLD: PT0S was given, allowed is a duration from 1s to 3600s; "
                        + "BOOKED_URL: ticket/tickets was given, allowed is an http or https address, or nothing");
        assertThatIllegalArgumentException().isThrownBy(() -> settings(Duration.ofSeconds(-1), Duration.ofDays(1)));
    }

    @Test
    void aListenerIsAnHttpAddressOrNone() {
        Duration hold = Duration.ofMinutes(5);
        assertThat(settings(Duration.ZERO, hold, "").listener()).isEmpty();
        assertThat(settings(Duration.ZERO, hold, "http://ticket/tickets").listener())
                .contains(URI.create("http://ticket/tickets"));
        for (String wrong : List.of("file:///etc/passwd", "http:///tickets", "http://a b")) {
            assertThatIllegalArgumentException().isThrownBy(() -> settings(Duration.ZERO, hold, wrong));
        }
    }

    @Test
    void refusesAShowThatHasNoNamesForItsSeats() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Show("hamlet", "Hamlet", "Globe", OffsetDateTime.MIN, 27, 1))
                .withMessageContaining("27 rows of 1 seats were given");
    }
}
