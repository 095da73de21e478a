package example.tickets.booking;

import java.time.Duration;
import java.time.Instant;

/** Keeps a seat free for its holder, up to but not including {@code expiresAt}. */
record Hold(String id, String show, String seat, String holder, Instant expiresAt) {

    /** How much later the seat is free to others: the clocks of two replicas differ, and nobody is to lose a hold that still seems to live. */
    static final Duration GRACE = Duration.ofSeconds(2);

    boolean livesAt(Instant now) {
        return now.isBefore(expiresAt);
    }

    /** Whether it keeps others from the seat. */
    boolean bars(Instant now) {
        return now.isBefore(expiresAt.plus(GRACE));
    }
}
