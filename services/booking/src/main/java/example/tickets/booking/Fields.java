package example.tickets.booking;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.json.JsonFactory;

/**
 * The body of a request: one JSON object of strings. It is stricter than data binding, which takes the last of two equal keys and a number
 * for text, and it names every fault at once, where data binding stops at the first.
 */
final class Fields {

    /** Bounds a body, in bytes; the longest valid request is below 2 KiB. */
    static final int BODY_LIMIT = 4 << 10;

    private static final JsonFactory JSON = new JsonFactory();

    private final Map<String, String> given;
    private final Set<String> asked = new LinkedHashSet<>();
    private final List<String> faults = new ArrayList<>();

    private Fields(Map<String, String> given) {
        this.given = given;
    }

    /**
     * Reads a body.
     *
     * @throws Refusal TOO_LARGE or INVALID
     */
    static Fields read(InputStream body) {
        byte[] bytes;
        try {
            bytes = body.readNBytes(BODY_LIMIT + 1);
        } catch (IOException e) {
            throw new Refusal(Refusal.Reason.INVALID, "body: broke off");
        }
        if (bytes.length > BODY_LIMIT) {
            throw new Refusal(Refusal.Reason.TOO_LARGE, "body: allowed are %d bytes".formatted(BODY_LIMIT));
        }
        try {
            // Jackson alone would guess UTF-16 too, and take some bytes that are no text.
            return new Fields(strings(StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString()));
        } catch (CharacterCodingException e) {
            throw new Refusal(Refusal.Reason.INVALID, "body: not UTF-8");
        } catch (JacksonException e) {
            // Without its message, which quotes what was sent.
            throw new Refusal(Refusal.Reason.INVALID, "body: not JSON");
        }
    }

    /**
     * The composed form (NFC) of a text. Keyboards and files of some systems give a Korean name in parts (NFD): it is the same name, and has to have
     * the same hold, place and token.
     */
    static String composed(String text) {
        return Normalizer.normalize(text, Normalizer.Form.NFC);
    }

    /** The text of a field, composed, of 1 to {@code limit} characters. A fault is remembered, and the answer is then of no use. */
    String text(String name, int limit) {
        asked.add(name);
        if (!given.containsKey(name)) {
            faults.add(name + ": missing");
            return "";
        }
        String value = composed(given.get(name));
        int count = value.codePointCount(0, value.length());
        if (count == 0 || count > limit) {
            faults.add("%s: %d characters were given, allowed are 1 to %d".formatted(name, count, limit));
        } else if (!value.strip().equals(value) || value.codePoints().anyMatch(Fields::unwanted)) {
            faults.add(name + ": allowed is printable text without blanks around it");
        }
        return value;
    }

    /** The text of a field that may be missing, or nothing. */
    String optionalText(String name, int limit) {
        asked.add(name);
        return given.containsKey(name) ? text(name, limit) : "";
    }

    /** The one value that a field may have, which need not be given. */
    String fixed(String name, String value) {
        asked.add(name);
        if (!value.equals(given.getOrDefault(name, value))) {
            faults.add(name + ": is who signed in; leave it out");
        }
        return value;
    }

    /**
     * To be called when all fields were asked for.
     *
     * @throws Refusal INVALID with every fault, if there is one
     */
    void refuseFaults() {
        if (!asked.containsAll(given.keySet())) {
            faults.add("body: there are unknown fields, allowed are " + String.join(", ", asked));
        }
        if (!faults.isEmpty()) {
            throw new Refusal(Refusal.Reason.INVALID, faults);
        }
    }

    private static Map<String, String> strings(String body) {
        Map<String, String> found = new LinkedHashMap<>();
        try (JsonParser parser = JSON.createParser(body)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new Refusal(Refusal.Reason.INVALID, "body: allowed is one JSON object");
            }
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                String name = parser.currentName();
                if (parser.nextToken() != JsonToken.VALUE_STRING) {
                    throw new Refusal(Refusal.Reason.INVALID, "body: every field is a string");
                }
                if (found.put(name, parser.getString()) != null) {
                    throw new Refusal(Refusal.Reason.INVALID, "body: a field is there twice");
                }
            }
            if (parser.nextToken() != null) {
                throw new Refusal(Refusal.Reason.INVALID, "body: allowed is one JSON object and nothing after it");
            }
        }
        return found;
    }

    /** Whether it cannot be seen: control and formatting characters, blanks but the usual one, halves of surrogate pairs, no characters. */
    private static boolean unwanted(int character) {
        return switch (Character.getType(character)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> true;
            case Character.SPACE_SEPARATOR -> character != ' ';
            default -> character == 0xFFFD;
        };
    }
}
