package example.tickets.booking;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.URI;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.List;

import org.junit.jupiter.api.Test;

class SettingsTest {

    private static final String KEY = "0123456789abcdef0123456789abcdef";
    private static final Settings.Tables NO_TABLES = new Settings.Tables("", "", "", "");
    private static final Settings.Kafka NO_KAFKA = new Settings.Kafka("", "", "", "", "");
    private static final Settings.Topics NO_TOPICS = new Settings.Topics("", "");
    private static final Settings.Tables TABLES = new Settings.Tables("shows", "seats", "places", "sales");
    private static final Settings.Kafka KAFKA =
            new Settings.Kafka("kafka-1.example:9092,kafka-2.example:9092", "SASL_SSL", "prod.booking", "secret-word", "prod.booking");
    private static final Settings.Topics TOPICS = new Settings.Topics("queue", "bookings");

    private static Settings settings(Duration drain, Duration hold) {
        return settings(drain, hold, "");
    }

    static Settings settings(Duration drain, Duration hold, String bookedUrl) {
        return new Settings(
                "0123abc", drain, hold, Duration.ofMinutes(10), bookedUrl, 1, "", "", "", NO_TABLES, NO_KAFKA, NO_TOPICS, List.of());
    }

    private static Settings settings(
            String key, String region, Settings.Tables tables, Settings.Kafka kafka, Settings.Topics topics) {
        return new Settings(
                "0123abc",
                Duration.ZERO,
                Duration.ofMinutes(5),
                Duration.ofMinutes(10),
                "",
                1,
                key,
                "",
                region,
                tables,
                kafka,
                topics,
                List.of());
    }

    /** Settings with stores, for other tests. */
    static Settings stores(Settings.Tables tables, String queue, String bookings, List<Show> shows) {
        return new Settings(
                "0123abc",
                Duration.ZERO,
                Duration.ofMinutes(5),
                Duration.ofMinutes(10),
                "",
                1,
                KEY,
                "",
                "ap-northeast-2",
                tables,
                KAFKA,
                new Settings.Topics(queue, bookings),
                shows);
    }

    @Test
    void boundsAreInclusive() {
        assertThat(settings(Duration.ZERO, Duration.ofSeconds(1)).drain()).isZero();
        assertThat(settings(Settings.LONGEST_DRAIN, Duration.ofHours(1)).hold()).hasHours(1);
    }

    @Test
    void namesEveryFaultAtOnce() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Settings(
                        "0123abc",
                        Duration.ofSeconds(16),
                        Duration.ZERO,
                        Duration.ofSeconds(9),
                        "ticket/tickets",
                        1,
                        "too short",
                        "yes",
                        "",
                        new Settings.Tables("shows", "", "", "sales"),
                        new Settings.Kafka("kafka.example", "PLAINTEXT", "prod.booking", "", "prod.booking"),
                        NO_TOPICS,
                        List.of()))
                .withMessage("DRAIN: PT16S was given, allowed is a duration from 0s to 8s; "
                        + "HOLD: PT0S was given, allowed is a duration from 1s to 3600s; "
                        + "ADMISSION: PT9S was given, allowed is a duration from 10s to 3600s; "
                        + "BOOKED_URL: ticket/tickets was given, allowed is an http or https address, or nothing; "
                        + "QUEUE_KEY: 9 bytes were given, allowed are 32 or more; "
                        + "SIGN_IN: yes was given, allowed is required, or nothing; "
                        + "KAFKA_BROKERS: kafka.example was given, allowed is host:port, and more of them after commas; "
                        + "KAFKA_PROTOCOL: PLAINTEXT was given, allowed is SASL_SSL or SASL_PLAINTEXT; "
                        + "stores: TABLE_SEATS, TABLE_PLACES, KAFKA_PASSWORD, TOPIC_QUEUE, TOPIC_BOOKINGS, AWS_REGION are missing; "
                        + "give all of them, or no table and nothing of Kafka to keep everything in memory");
        assertThatIllegalArgumentException().isThrownBy(() -> settings(Duration.ofSeconds(-1), Duration.ofDays(1)));
    }

    @Test
    void storesAreGivenAsAWhole() {
        assertThat(settings(KEY, "ap-northeast-2", TABLES, KAFKA, TOPICS).hasStores()).isTrue();
        // What is there anyway, or harms nobody.
        assertThat(settings(KEY, "ap-northeast-2", NO_TABLES, NO_KAFKA, NO_TOPICS).hasStores()).isFalse();
        List<Runnable> halves = List.of(
                () -> settings(KEY, "ap-northeast-2", TABLES, NO_KAFKA, NO_TOPICS),
                () -> settings(KEY, "ap-northeast-2", NO_TABLES, KAFKA, TOPICS),
                () -> settings(KEY, "ap-northeast-2", TABLES, KAFKA, NO_TOPICS),
                () -> settings(KEY, "", TABLES, KAFKA, TOPICS),
                () -> settings("", "ap-northeast-2", TABLES, KAFKA, TOPICS),
                () -> settings(KEY, "ap-northeast-2", new Settings.Tables("", "", "", "sales"), NO_KAFKA, NO_TOPICS));
        for (Runnable half : halves) {
            assertThatIllegalArgumentException().isThrownBy(half::run).withMessageContaining("missing");
        }
    }

    @Test
    void showNoSecret() {
        Settings settings = settings(KEY, "ap-northeast-2", TABLES, KAFKA, TOPICS);
        assertThat(settings.toString() + settings.kafka()).doesNotContain(KEY, "secret-word");
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
                .isThrownBy(() -> new Show("Hamlet!", "Hamlet", "Globe", OffsetDateTime.MIN, 27, 1, null))
                .withMessage("show Hamlet!: allowed is an id of small letters, digits and hyphens, 31 at most,"
                        + " and 1 to 26 rows of 1 to 100 seats (given are 27 of 1)");
    }

    @Test
    void refusesAQueueThatLetsNobodyIn() {
        for (int[] wrong : new int[][] {{0, 1}, {1001, 1}, {1, 0}, {1, 10_001}}) {
            assertThatIllegalArgumentException().isThrownBy(() -> new Show.Queue(wrong[0], wrong[1]));
        }
    }
}
