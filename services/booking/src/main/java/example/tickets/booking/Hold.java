package example.tickets.booking;

import java.time.Instant;

/** Keeps a seat free for its holder, up to but not including {@code expiresAt}. */
record Hold(String id, String show, String seat, String holder, Instant expiresAt) {

    boolean livesAt(Instant now) {
        return now.isBefore(expiresAt);
    }
}
