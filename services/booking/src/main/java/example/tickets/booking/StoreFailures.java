package example.tickets.booking;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.awscore.exception.AwsServiceException;

/** Counts and logs what stores fail to do. */
final class StoreFailures {

    enum Store {
        DYNAMODB("dynamodb"),
        KAFKA("kafka");

        private final String label;

        Store(String label) {
            this.label = label;
        }
    }

    private static final Logger log = LoggerFactory.getLogger(StoreFailures.class);

    private final Counter dynamodb;
    private final Counter kafka;

    StoreFailures(MeterRegistry meters) {
        // Both from the start: an alarm must know "never" from "not there".
        this.dynamodb = counter(meters, Store.DYNAMODB);
        this.kafka = counter(meters, Store.KAFKA);
    }

    private static Counter counter(MeterRegistry meters, Store store) {
        return Counter.builder("store.failures")
                .description("Calls that a store did not answer as it should, after all retries")
                .tag("store", store.label)
                .register(meters);
    }

    /** To be thrown by who did not even try. Not logged: there is one for each request, and the reason was logged by who tried. */
    StoreAway stillAway(Store store) {
        (store == Store.KAFKA ? kafka : dynamodb).increment();
        return new StoreAway(store.label);
    }

    /** To be thrown. */
    StoreAway away(Store store, Throwable cause) {
        // Not its message, which may quote what was to be stored.
        log.atWarn()
                .addKeyValue("store", store.label)
                .addKeyValue("reason", reason(cause))
                .log("store away");
        return stillAway(store);
    }

    private static String reason(Throwable cause) {
        if (cause instanceof AwsServiceException refused) {
            String code = refused.awsErrorDetails() == null ? null : refused.awsErrorDetails().errorCode();
            return code == null ? "status " + refused.statusCode() : code;
        }
        return cause.getClass().getSimpleName();
    }
}
