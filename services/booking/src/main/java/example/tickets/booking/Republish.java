package example.tickets.booking;

import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Future;
import java.util.function.Function;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.ConfigurableApplicationContext;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

/**
 * The command {@code republish --since TIME}: announces all bookings since then again, whatever region they were made in. It is for the time after a
 * region was lost, with what it had in Kafka. Who hears a booking twice knows it by its id.
 */
final class Republish {

    static final String NAME = "republish";

    private static final Logger log = LoggerFactory.getLogger(Republish.class);
    private static final Duration LONGEST = Duration.ofDays(7);
    /** How many bookings Kafka is given at once. */
    private static final int UNDER_WAY = 500;
    private static final int DONE = 0;
    private static final int FAILED = 1;
    private static final int WRONG = 2;

    private Republish() {}

    /** The settings, and nothing of the service. */
    @EnableConfigurationProperties(Settings.class)
    static class Config {}

    /** Returns the exit status. */
    static int main(String[] args) {
        return main(args, Instant.now(), Republish::ofSettings);
    }

    static int main(String[] args, Instant now, Function<Instant, Integer> republish) {
        Instant since;
        try {
            since = since(args, now);
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage());
            return WRONG;
        }
        return republish.apply(since);
    }

    private static Instant since(String[] args, Instant now) {
        String given = args.length == 3 && args[1].equals("--since") ? args[2] : "";
        try {
            Instant since = Instant.parse(given);
            if (!since.isAfter(now) && !since.isBefore(now.minus(LONGEST))) {
                return since;
            }
        } catch (DateTimeParseException e) {
            // It is reported below.
        }
        throw new IllegalArgumentException(
                "republish: --since: given \"%s\", allowed is a time of the last %d days as in --since %s"
                        .formatted(given, LONGEST.toDays(), Timestamp.of(now.minus(Duration.ofMinutes(30)))));
    }

    private static int ofSettings(Instant since) {
        try (ConfigurableApplicationContext context = new SpringApplicationBuilder(Config.class)
                .web(WebApplicationType.NONE)
                .run()) {
            Settings settings = context.getBean(Settings.class);
            if (!settings.hasStores()) {
                log.error("republish: there are no stores; give it the settings that the service has");
                return WRONG;
            }
            StoreFailures failures = new StoreFailures(new SimpleMeterRegistry());
            try (DynamoDbClient client = Dynamo.client(settings.region());
                    Producer<String, String> producer = Kafka.producer(settings.kafka())) {
                Dynamo dynamo = new Dynamo(client, failures);
                Sales sales = new DynamoSales(dynamo, settings.tables().sales());
                Outbox outbox = new DynamoBookings(dynamo, settings.tables().seats(), settings.region(), sales);
                return tell(outbox, new Sender(producer, settings.topics().bookings(), failures), since, Instant.now());
            }
        }
    }

    static int tell(Outbox outbox, Sender sender, Instant since, Instant now) {
        int told = 0;
        try {
            Deque<Future<RecordMetadata>> sent = new ArrayDeque<>();
            for (Sale sale : (Iterable<Sale>) outbox.since(since, now)::iterator) {
                sent.add(sender.start(
                        sale.booking().id(), KafkaBookingEvents.event(sale.booking()), sale.request()));
                told++;
                if (sent.size() == UNDER_WAY) {
                    sender.await(sent.remove());
                }
            }
            sent.forEach(sender::await);
        } catch (StoreAway e) {
            log.error("not all bookings are republished; repeat the command");
            return FAILED;
        }
        log.atInfo().addKeyValue("bookings", told).log("republished");
        return DONE;
    }
}
