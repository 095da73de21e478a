package example.tickets.booking;

import java.math.BigInteger;
import java.security.SecureRandom;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A seat of a show. Ids of holds and bookings begin with it, as in {@code hamlet.A-1.4k0e…}: whoever has one finds the seat without an index,
 * which on DynamoDB is behind by a moment. They are of 64 characters at most, which is what the other services take.
 */
record SeatId(String show, String seat) {

    private static final Pattern ID = Pattern.compile("([a-z0-9-]{1,31})\\.([A-Z]-\\d{1,3})\\.[0-9a-v]{1,26}");
    private static final SecureRandom random = new SecureRandom();

    /** A new id, with 128 random bits: whoever has one cannot guess another. */
    String newId() {
        return show + "." + seat + "." + new BigInteger(128, random).toString(32);
    }

    /** The seat that an id is about; nothing if it is no id. */
    static Optional<SeatId> of(String id) {
        Matcher matcher = ID.matcher(id);
        return matcher.matches() ? Optional.of(new SeatId(matcher.group(1), matcher.group(2))) : Optional.empty();
    }
}
