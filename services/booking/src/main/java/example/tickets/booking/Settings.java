package example.tickets.booking;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.convert.DurationUnit;

/**
 * What is set from outside, see application.yaml.
 *
 * @param commit     the commit of this repository that the program was built from
 * @param drain      how long requests are still taken after the signal to stop: until then the cluster may send some
 * @param hold       how long a seat is held for somebody
 * @param queueLimit how many people wait at most, in all queues together
 */
@ConfigurationProperties("booking")
record Settings(
        String commit,
        @DurationUnit(ChronoUnit.SECONDS) Duration drain,
        @DurationUnit(ChronoUnit.SECONDS) Duration hold,
        int queueLimit,
        List<Show> shows) {

    Settings {
        List<String> faults = new ArrayList<>();
        check("DRAIN", drain, Duration.ZERO, Duration.ofSeconds(15), faults);
        check("HOLD", hold, Duration.ofSeconds(1), Duration.ofHours(1), faults);
        if (!faults.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", faults));
        }
        shows = List.copyOf(shows);
    }

    private static void check(String name, Duration given, Duration least, Duration most, List<String> faults) {
        if (given.compareTo(least) < 0 || given.compareTo(most) > 0) {
            faults.add("%s: %s was given, allowed is a duration from %ds to %ds"
                    .formatted(name, given, least.toSeconds(), most.toSeconds()));
        }
    }
}
