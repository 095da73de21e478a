package example.tickets.booking;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The secret behind the ids and tokens of waiting queues. A place's id is a function of show and holder: who joins again has the same one, and
 * nobody can guess another's. A token can be checked by any replica without asking a store, and is of no use to anybody else.
 */
final class QueueKey {

    /** In bytes. */
    static final int LEAST = 32;

    private static final String ALGORITHM = "HmacSHA256";
    private static final Pattern TOKEN = Pattern.compile("(\\d{1,12})\\.(\\d{1,15})\\.([A-Za-z0-9_-]{43})");
    private static final Pattern ID = Pattern.compile("([a-z0-9-]{1,31})\\.[0-9a-v]{1,26}");

    private final SecretKeySpec key;

    QueueKey(byte[] key) {
        this.key = new SecretKeySpec(key, ALGORITHM);
    }

    /** For queues that do not outlive the process. */
    static QueueKey random() {
        byte[] key = new byte[LEAST];
        new SecureRandom().nextBytes(key);
        return new QueueKey(key);
    }

    /** The show that an id is about; nothing if it is no id. */
    static String showOf(String id) {
        Matcher matcher = ID.matcher(id);
        return matcher.matches() ? matcher.group(1) : "";
    }

    String id(String show, String holder) {
        // Neither has a line break within. 128 bits of it are enough.
        byte[] half = Arrays.copyOf(mac("place\n" + show + "\n" + holder), 16);
        return show + "." + new BigInteger(1, half).toString(32);
    }

    /** Lets whoever the id belongs to hold seats of its show, up to but not including {@code until}. */
    String token(String id, long place, Instant until) {
        String given = place + "." + until.toEpochMilli();
        return given + "." + signature(id, given);
    }

    /**
     * Checks that a token is this holder's for this show, and still good.
     *
     * @throws Refusal INVALID or FORBIDDEN
     */
    void check(String token, String show, String holder, Instant now) {
        if (token.isEmpty()) {
            throw new Refusal(Refusal.Reason.FORBIDDEN, "token: missing; this show has a queue, join it with POST /queue");
        }
        Matcher matcher = TOKEN.matcher(token);
        if (!matcher.matches()) {
            throw new Refusal(Refusal.Reason.INVALID, "token: allowed is what GET /queue/{id} gave");
        }
        String signature = signature(id(show, holder), matcher.group(1) + "." + matcher.group(2));
        if (!MessageDigest.isEqual(ascii(signature), ascii(matcher.group(3)))) {
            throw new Refusal(Refusal.Reason.FORBIDDEN, "token: is of another show or holder");
        }
        if (!now.isBefore(Instant.ofEpochMilli(Long.parseLong(matcher.group(2))))) {
            throw new Refusal(Refusal.Reason.FORBIDDEN, "token: has expired");
        }
    }

    private String signature(String id, String given) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(mac("token\n" + id + "\n" + given));
    }

    private byte[] mac(String text) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has " + ALGORITHM, e);
        }
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
