package example.tickets.booking;

import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.convert.DurationUnit;

/**
 * What is set from outside, see application.yaml.
 *
 * @param commit     the commit of this repository that the program was built from
 * @param drain      how long requests are still taken after the signal to stop: until then the cluster may send some
 * @param hold       how long a seat is held for somebody
 * @param bookedUrl  what is told of each booking; empty: nobody is
 * @param queueLimit how many people wait at most, in all queues together
 */
@ConfigurationProperties("booking")
record Settings(
        String commit,
        @DurationUnit(ChronoUnit.SECONDS) Duration drain,
        @DurationUnit(ChronoUnit.SECONDS) Duration hold,
        String bookedUrl,
        int queueLimit,
        List<Show> shows) {

    Settings {
        List<String> faults = new ArrayList<>();
        check("DRAIN", drain, Duration.ZERO, Duration.ofSeconds(15), faults);
        check("HOLD", hold, Duration.ofSeconds(1), Duration.ofHours(1), faults);
        if (!bookedUrl.isEmpty() && !isHttp(bookedUrl)) {
            faults.add("BOOKED_URL: %s was given, allowed is an http or https address, or nothing".formatted(bookedUrl));
        }
        if (!faults.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", faults));
        }
        shows = List.copyOf(shows);
    }

    /** Where the listener of bookings is, if there is one. */
    Optional<URI> listener() {
        return bookedUrl.isEmpty() ? Optional.empty() : Optional.of(URI.create(bookedUrl));
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
