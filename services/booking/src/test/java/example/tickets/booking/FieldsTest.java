package example.tickets.booking;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class FieldsTest {

    private static final String GOOD = "{\"seat\":\"A-12\",\"holder\":\"김하늘 Kim\"}";

    record Request(String seat, String holder) {}

    private static Request read(InputStream body) {
        Fields fields = Fields.read(body);
        Request request = new Request(fields.text("seat", 16), fields.text("holder", 100));
        fields.refuseFaults();
        return request;
    }

    private static Request read(byte[] body) {
        return read(new ByteArrayInputStream(body));
    }

    private static Request read(String body) {
        return read(body.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void readsText() {
        assertThat(read(GOOD)).isEqualTo(new Request("A-12", "김하늘 Kim"));
    }

    @Test
    void limitsAreInclusiveAndCountCharacters() {
        // Two chars each in Java.
        String seat = "😀".repeat(16);
        assertThat(read(GOOD.replace("A-12", seat)).seat()).isEqualTo(seat);
    }

    static Stream<Arguments> refusals() {
        return Stream.of(
                arguments("nothing", "", List.of("body: allowed is one JSON object")),
                arguments("a list", "[]", List.of("body: allowed is one JSON object")),
                arguments("a word", "\"x\"", List.of("body: allowed is one JSON object")),
                arguments("deep", "[".repeat(Fields.BODY_LIMIT), List.of("body: allowed is one JSON object")),
                arguments("broken off", GOOD.substring(0, 20), List.of("body: not JSON")),
                arguments("broken off after a field", "{\"seat\":\"A-1\"", List.of("body: not JSON")),
                arguments("no quotation marks", "{seat:\"A-1\"}", List.of("body: not JSON")),
                arguments("two objects", GOOD + GOOD, List.of("body: allowed is one JSON object and nothing after it")),
                arguments("rubbish after it", GOOD + "x", List.of("body: not JSON")),
                arguments("a field twice", "{\"seat\":\"B-1\"," + GOOD.substring(1), List.of("body: a field is there twice")),
                arguments("a number", "{\"seat\":12}", List.of("body: every field is a string")),
                arguments("null", "{\"seat\":null}", List.of("body: every field is a string")),
                arguments("an object within", "{\"seat\":{\"a\":\"b\"}}", List.of("body: every field is a string")),
                arguments(
                        "an unknown field",
                        "{\"price\":\"1\"," + GOOD.substring(1),
                        List.of("body: there are unknown fields, allowed are seat, holder")),
                arguments(
                        "another case",
                        GOOD.replace("seat", "Seat"),
                        List.of("seat: missing", "body: there are unknown fields, allowed are seat, holder")),
                arguments(
                        "every fault at once",
                        "{\"holder\":\"\\u0000\",\"x\":\"y\"}",
                        List.of(
                                "seat: missing",
                                "holder: allowed is printable text without blanks around it",
                                "body: there are unknown fields, allowed are seat, holder")),
                arguments("an empty field", seat(""), List.of("seat: 0 characters were given, allowed are 1 to 16")),
                arguments("17", seat("가".repeat(17)), List.of("seat: 17 characters were given, allowed are 1 to 16")),
                arguments("a blank before", seat(" A"), List.of(UNPRINTABLE)),
                arguments("a blank after", seat("A "), List.of(UNPRINTABLE)),
                arguments("a line break", seat("A\\n12"), List.of(UNPRINTABLE)),
                arguments("a line separator", seat("A\\u202812"), List.of(UNPRINTABLE)),
                arguments("a direction override", seat("A\\u202e12"), List.of(UNPRINTABLE)),
                arguments("another blank", seat("A\\u00a012"), List.of(UNPRINTABLE)),
                arguments("half a surrogate pair", seat("A\\ud800"), List.of(UNPRINTABLE)),
                arguments("a replacement character", seat("A\\ufffd"), List.of(UNPRINTABLE)));
    }

    private static final String UNPRINTABLE = "seat: allowed is printable text without blanks around it";

    private static String seat(String seat) {
        return GOOD.replace("A-12", seat);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource
    void refusals(String name, String body, List<String> faults) {
        assertThatExceptionOfType(Refusal.class).isThrownBy(() -> read(body)).satisfies(refusal -> {
            assertThat(refusal.reason()).isEqualTo(Refusal.Reason.INVALID);
            assertThat(refusal.faults()).isEqualTo(faults);
        });
    }

    @Test
    void refusesWhatIsNotUtf8() {
        assertThatExceptionOfType(Refusal.class)
                .isThrownBy(() -> read(GOOD.getBytes(StandardCharsets.UTF_16)))
                .withMessage("body: not UTF-8");
        assertThatExceptionOfType(Refusal.class)
                .isThrownBy(() -> read("{\"seat\":\"é\"}".getBytes(StandardCharsets.ISO_8859_1)))
                .withMessage("body: not UTF-8");
    }

    @Test
    void refusesWhatIsTooLong() {
        String longest = GOOD + " ".repeat(Fields.BODY_LIMIT - GOOD.getBytes(StandardCharsets.UTF_8).length);
        assertThat(read(longest).seat()).isEqualTo("A-12");
        assertThatExceptionOfType(Refusal.class)
                .isThrownBy(() -> read(longest + " "))
                .withMessage("body: allowed are 4096 bytes")
                .satisfies(refusal -> assertThat(refusal.reason()).isEqualTo(Refusal.Reason.TOO_LARGE));
    }

    @Test
    void refusesWhatBrokeOff() {
        InputStream broken = new InputStream() {
            @Override
            public int read() throws IOException {
                throw new IOException("connection reset");
            }
        };
        assertThatExceptionOfType(Refusal.class).isThrownBy(() -> read(broken)).withMessage("body: broke off");
    }
}
