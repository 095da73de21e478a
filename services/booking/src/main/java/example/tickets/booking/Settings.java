package example.tickets.booking;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.convert.DurationUnit;

/**
 * What is set from outside, see application.yaml.
 *
 * @param commit     the commit of this repository that the program was built from
 * @param drain      how long requests are still taken after the signal to stop: until then the cluster may send some
 * @param hold       how long a seat is held for somebody
 * @param admission  how long somebody may hold seats who was let in from a queue
 * @param bookedUrl  where each booking is announced, without Kafka; empty: nowhere
 * @param queueLimit how many people wait at most, in all queues together, in memory
 * @param queueKey   the secret behind ids and tokens of queues; empty: one of this process
 * @param signIn     "required": whoever holds something has come through the entrance, which says who it is; empty: the caller says it
 * @param region     the region of AWS that this runs in
 */
@ConfigurationProperties("booking")
record Settings(
        String commit,
        @DurationUnit(ChronoUnit.SECONDS) Duration drain,
        @DurationUnit(ChronoUnit.SECONDS) Duration hold,
        @DurationUnit(ChronoUnit.SECONDS) Duration admission,
        String bookedUrl,
        int queueLimit,
        String queueKey,
        String signIn,
        String region,
        Tables tables,
        Kafka kafka,
        Topics topics,
        List<Show> shows) {

    static final Duration LONGEST_DRAIN = Duration.ofSeconds(8);

    private static final String REQUIRED = "required";
    private static final Pattern BROKER = Pattern.compile("[A-Za-z0-9.-]+:\\d{1,5}");
    private static final List<String> PROTOCOLS = List.of("SASL_SSL", "SASL_PLAINTEXT");

    /** Names of tables in DynamoDB. */
    record Tables(String shows, String seats, String places, String sales) {}

    /** Where Kafka is, and as who this comes. */
    record Kafka(String brokers, String protocol, String username, String password, String group) {

        /** Without the password. */
        @Override
        public String toString() {
            return username + "@" + brokers;
        }
    }

    /** Names of topics in Kafka. */
    record Topics(String queue, String bookings) {}

    Settings {
        List<String> faults = new ArrayList<>();
        check("DRAIN", drain, Duration.ZERO, LONGEST_DRAIN, faults);
        check("HOLD", hold, Duration.ofSeconds(1), Duration.ofHours(1), faults);
        check("ADMISSION", admission, Duration.ofSeconds(10), Duration.ofHours(1), faults);
        if (!bookedUrl.isEmpty() && !isHttp(bookedUrl)) {
            faults.add("BOOKED_URL: %s was given, allowed is an http or https address, or nothing".formatted(bookedUrl));
        }
        int length = queueKey.getBytes(StandardCharsets.UTF_8).length;
        if (length > 0 && length < QueueKey.LEAST) {
            faults.add("QUEUE_KEY: %d bytes were given, allowed are %d or more".formatted(length, QueueKey.LEAST));
        }
        if (!signIn.isEmpty() && !signIn.equals(REQUIRED)) {
            faults.add("SIGN_IN: %s was given, allowed is %s, or nothing".formatted(signIn, REQUIRED));
        }
        // Every part: an empty one at the end, too.
        List<String> brokers = List.of(kafka.brokers().split(",", -1));
        if (!kafka.brokers().isEmpty() && !brokers.stream().allMatch(broker -> BROKER.matcher(broker).matches())) {
            faults.add("KAFKA_BROKERS: %s was given, allowed is host:port, and more of them after commas"
                    .formatted(kafka.brokers()));
        }
        if (!kafka.protocol().isEmpty() && !PROTOCOLS.contains(kafka.protocol())) {
            faults.add("KAFKA_PROTOCOL: %s was given, allowed is %s"
                    .formatted(kafka.protocol(), String.join(" or ", PROTOCOLS)));
        }
        List<String> missing = missing(tables, kafka, topics, region, queueKey);
        if (!missing.isEmpty()) {
            faults.add("stores: %s missing; give all of them, or no table and nothing of Kafka to keep everything in memory"
                    .formatted(String.join(", ", missing) + (missing.size() == 1 ? " is" : " are")));
        }
        if (!faults.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", faults));
        }
        shows = List.copyOf(shows);
    }

    /** Whether there are stores outside of the process: all of them or none. */
    boolean hasStores() {
        return !tables.seats().isEmpty();
    }

    boolean requiresSignIn() {
        return signIn.equals(REQUIRED);
    }

    /** Where the listener of bookings is, if there is one. */
    Optional<URI> listener() {
        return bookedUrl.isEmpty() ? Optional.empty() : Optional.of(URI.create(bookedUrl));
    }

    /** Without the key. */
    @Override
    public String toString() {
        return "settings of " + commit;
    }

    /** What half a configuration lacks. */
    private static List<String> missing(Tables tables, Kafka kafka, Topics topics, String region, String queueKey) {
        Map<String, String> stores = new LinkedHashMap<>();
        stores.put("TABLE_SHOWS", tables.shows());
        stores.put("TABLE_SEATS", tables.seats());
        stores.put("TABLE_PLACES", tables.places());
        stores.put("TABLE_SALES", tables.sales());
        stores.put("KAFKA_BROKERS", kafka.brokers());
        stores.put("KAFKA_PROTOCOL", kafka.protocol());
        stores.put("KAFKA_USERNAME", kafka.username());
        stores.put("KAFKA_PASSWORD", kafka.password());
        stores.put("KAFKA_GROUP", kafka.group());
        stores.put("TOPIC_QUEUE", topics.queue());
        stores.put("TOPIC_BOOKINGS", topics.bookings());
        if (stores.values().stream().allMatch(String::isEmpty)) {
            return List.of();
        }
        // These two mean nothing by themselves.
        stores.put("AWS_REGION", region);
        stores.put("QUEUE_KEY", queueKey);
        return stores.entrySet().stream()
                .filter(store -> store.getValue().isEmpty())
                .map(Map.Entry::getKey)
                .toList();
    }

    private static boolean isHttp(String given) {
        try {
            URI uri = new URI(given);
            return uri.getHost() != null && ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()));
        } catch (URISyntaxException e) {
            return false;
        }
    }

    private static void check(String name, Duration given, Duration least, Duration most, List<String> faults) {
        if (given.compareTo(least) < 0 || given.compareTo(most) > 0) {
            faults.add("%s: %s was given, allowed is a duration from %ds to %ds"
                    .formatted(name, given, least.toSeconds(), most.toSeconds()));
        }
    }
}
