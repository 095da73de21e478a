package example.tickets.booking;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.ByteArrayInputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Over HTTP, because what a client sees is made by the server too. Each test has seats of its own. */
@Served
@ExtendWith(OutputCaptureExtension.class)
class ApiTest {

    private static final HttpClient client = HttpClient.newHttpClient();
    private static final JsonMapper json = new JsonMapper();

    @Autowired
    private TestClock clock;

    @Autowired
    private RecordedEvents events;

    @LocalServerPort
    private int port;

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://localhost:" + port + path));
    }

    private static HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return client.send(request.build(), BodyHandlers.ofString());
    }

    private HttpResponse<String> get(String path) throws Exception {
        return send(request(path));
    }

    private HttpResponse<String> post(String path, Map<String, String> fields) throws Exception {
        return post(path, json.writeValueAsString(fields));
    }

    private HttpResponse<String> post(String path, String body) throws Exception {
        return send(request(path).header("Content-Type", "application/json").POST(BodyPublishers.ofString(body)));
    }

    private static JsonNode body(HttpResponse<String> answer, int status) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(answer.headers().firstValue("Content-Type")).contains("application/json");
        assertThat(answer.headers().firstValue("X-Content-Type-Options")).contains("nosniff");
        return json.readTree(answer.body());
    }

    private static List<String> faults(HttpResponse<String> answer, int status) {
        JsonNode body = body(answer, status);
        assertThat(body.propertyNames()).containsExactly("errors");
        return body.get("errors").valueStream().map(JsonNode::asString).toList();
    }

    @Test
    void listsShows() throws Exception {
        JsonNode shows = body(get("/shows"), 200).get("shows");
        assertThat(shows.valueStream().map(show -> show.get("id").asString()))
                .containsExactly("hamlet", "nutcracker", "arirang");
        assertThat(shows.get(2).toString())
                .isEqualTo("{\"id\":\"arirang\",\"title\":\"Arirang\",\"venue\":\"Busan Cinema Center\","
                        + "\"startsAt\":\"2027-12-31T22:00:00+09:00\",\"queue\":false,\"seats\":96,\"free\":96}");
        assertThat(faults(get("/shows/macbeth"), 404)).containsExactly("show: no such show");
    }

    @Test
    void holdsAndBooks() throws Exception {
        Map<String, String> wanted = Map.of("show", "hamlet", "seat", "A-1", "holder", "김하늘");
        HttpResponse<String> held = post("/holds", wanted);
        JsonNode hold = body(held, 201);
        assertThat(hold.get("expiresAt").asString())
                .isEqualTo(clock.instant().plus(Duration.ofMinutes(5)).toString());
        HttpResponse<String> again = post("/holds", wanted);
        assertThat(body(again, 200)).isEqualTo(hold);
        assertThat(faults(post("/holds", Map.of("show", "hamlet", "seat", "A-1", "holder", "Lee")), 409))
                .containsExactly("seat: is held by somebody else");

        Map<String, String> own = Map.of("hold", hold.get("id").asString(), "holder", "김하늘");
        HttpResponse<String> booked = post("/bookings", own);
        JsonNode booking = body(booked, 201);
        assertThat(booking.get("seat").asString()).isEqualTo("A-1");
        String location = "/bookings/" + booking.get("id").asString();
        assertThat(booked.headers().firstValue("Location")).contains(location);
        assertThat(body(post("/bookings", own), 200)).isEqualTo(booking);
        assertThat(body(get(location), 200)).isEqualTo(booking);

        JsonNode seats = body(get("/shows/hamlet"), 200).get("seats");
        assertThat(seats.get(0).toString()).isEqualTo("{\"seat\":\"A-1\",\"state\":\"booked\"}");
        assertThat(seats.get(1).toString()).isEqualTo("{\"seat\":\"A-2\",\"state\":\"free\"}");
    }

    @Test
    void booksNoExpiredHold() throws Exception {
        JsonNode hold = body(post("/holds", Map.of("show", "hamlet", "seat", "B-1", "holder", "Kim")), 201);
        clock.advance(Duration.ofMinutes(5));
        assertThat(faults(post("/bookings", Map.of("hold", hold.get("id").asString(), "holder", "Kim")), 409))
                .containsExactly("hold: has expired");
    }

    @Test
    void keepsTheReasonOfItsOwnFaults() throws Exception {
        JsonNode hold = body(post("/holds", Map.of("show", "hamlet", "seat", "C-1", "holder", "Kim")), 201);
        Map<String, String> own = Map.of("hold", hold.get("id").asString(), "holder", "Kim");
        events.failure = new IllegalStateException("connect to broker at 10.0.0.1 as admin");
        try {
            assertThat(faults(post("/bookings", own), 500)).containsExactly("internal error");
        } finally {
            events.failure = null;
        }
        body(post("/bookings", own), 200);
        assertThat(events.booked).filteredOn(booking -> booking.seat().equals("C-1")).hasSize(1);
    }

    @Test
    void saysWhenToAskAgainWhenAStoreIsAway() throws Exception {
        JsonNode hold = body(post("/holds", Map.of("show", "hamlet", "seat", "E-1", "holder", "Kim")), 201);
        Map<String, String> own = Map.of("hold", hold.get("id").asString(), "holder", "Kim");
        events.failure = new StoreAway("kafka");
        try {
            HttpResponse<String> answer = post("/bookings", own);
            assertThat(faults(answer, 503)).containsExactly("kafka: does not answer; the request can be repeated");
            assertThat(answer.headers().firstValue("Retry-After")).contains("1");
        } finally {
            events.failure = null;
        }
        body(post("/bookings", own), 200);
    }

    @Test
    void queues() throws Exception {
        HttpResponse<String> joined = post("/queue", Map.of("show", "nutcracker", "holder", "김하늘"));
        JsonNode place = body(joined, 202);
        assertThat(place.propertyNames()).containsExactly("id", "show");
        assertThat(place.get("show").asString()).isEqualTo("nutcracker");
        String location = joined.headers().firstValue("Location").orElseThrow();
        assertThat(location).isEqualTo("/queue/" + place.get("id").asString());
        assertThat(body(post("/queue", Map.of("show", "nutcracker", "holder", "김하늘")), 202)).isEqualTo(place);
        JsonNode signedIn = body(
                send(request("/queue").header("Content-Type", "application/json")
                        .header(Caller.HEADER, "Lee")
                        .POST(BodyPublishers.ofString("{\"show\":\"nutcracker\"}"))),
                202);
        String hers = "/queue/" + signedIn.get("id").asString();
        body(send(request(hers).header(Caller.HEADER, "Lee")), 200);
        body(send(request(hers).header(Caller.HEADER, "Park")), 404);
        HttpResponse<String> full = post("/queue", Map.of("show", "nutcracker", "holder", "Park"));
        assertThat(faults(full, 503)).containsExactly("the waiting queue is full");
        assertThat(full.headers().firstValue("Retry-After")).contains("1");

        await().atMost(Duration.ofMinutes(1)).until(() -> get(location).body().contains("admitted"));
        JsonNode admitted = body(get(location), 200);
        assertThat(admitted.propertyNames()).containsExactly("id", "show", "status", "place", "token", "expiresAt");
        assertThat(admitted.get("place").asInt()).isEqualTo(1);
        String token = admitted.get("token").asString();
        Map<String, String> wanted =
                Map.of("show", "nutcracker", "seat", "A-1", "holder", "김하늘", "token", token);
        JsonNode hold = body(post("/holds", wanted), 201);
        assertThat(hold.propertyNames()).containsExactly("id", "show", "seat", "holder", "expiresAt");
        assertThat(body(post("/holds", wanted), 200)).isEqualTo(hold);
        assertThat(faults(
                        post("/holds", Map.of("show", "nutcracker", "seat", "A-2", "holder", "Lee", "token", token)), 403))
                .containsExactly("token: is of another show or holder");
        body(post("/bookings", Map.of("hold", hold.get("id").asString(), "holder", "김하늘")), 201);

        clock.advance(Duration.ofMinutes(10));
        JsonNode gone = body(get(location), 200);
        assertThat(gone.propertyNames()).containsExactly("id", "show", "status", "place", "expiresAt");
        assertThat(gone.get("status").asString()).isEqualTo("gone");
        assertThat(faults(post("/holds", wanted), 403)).containsExactly("token: has expired");
    }

    @Test
    void saysWhenToAskForAPlaceAgain() {
        Show show = new Show("s", "S", "S", OffsetDateTime.MAX, 1, 1, new Show.Queue(10, 1));
        for (long[] expected : new long[][] {{0, 1}, {20, 1}, {60, 3}, {9_999, 10}}) {
            BoxOffice.Place place = new BoxOffice.Place("s.0", show, Turn.waiting(expected[0] + 1, expected[0]), null);
            assertThat(json.writeValueAsString(BookingController.PlaceDetails.of(place)))
                    .isEqualTo("{\"id\":\"s.0\",\"show\":\"s\",\"status\":\"waiting\",\"place\":%d,\"ahead\":%d,\"retryAfter\":%d}"
                            .formatted(expected[0] + 1, expected[0], expected[1]));
        }
    }

    @Test
    void takesOrMakesAnIdForARequest() throws Exception {
        String given = "a.B_c-9".repeat(9) + "x";
        assertThat(send(request("/shows").header("X-Request-Id", given)).headers().firstValue("X-Request-Id"))
                .contains(given);
        for (String wrong : List.of(given + "x", "with blank", "\"", "")) {
            assertThat(send(request("/shows").header("X-Request-Id", wrong)).headers().firstValue("X-Request-Id").orElseThrow())
                    .isNotEqualTo(wrong)
                    .matches("[0-9a-f-]{36}");
        }
        assertThat(get("/shows/macbeth").headers().firstValue("X-Request-Id")).isPresent();
    }

    @Test
    void anIdOfARequestIsForLogsOnly() throws Exception {
        String[] seats = {"F-1", "F-2"};
        for (String seat : seats) {
            HttpRequest.Builder request = request("/holds")
                    .header("Content-Type", "application/json")
                    .header("X-Request-Id", "the-same")
                    .POST(BodyPublishers.ofString(
                            json.writeValueAsString(Map.of("show", "hamlet", "seat", seat, "holder", "Kim"))));
            assertThat(body(send(request), 201).get("seat").asString()).isEqualTo(seat);
        }
    }

    static Stream<Arguments> refusals() {
        return Stream.of(
                arguments("GET", "/", "", 404, "path: there is nothing"),
                arguments("GET", "/error", "", 404, "path: there is nothing"),
                arguments("GET", "/env", "", 404, "path: there is nothing"),
                arguments("GET", "/bookings/x", "", 404, "id: no such booking"),
                arguments("GET", "/bookings/hamlet.A-1.0", "", 404, "id: no such booking"),
                arguments("GET", "/queue/x", "", 404, "id: no such place, or not yet"),
                arguments("GET", "/queue/nutcracker.0", "", 404, "id: no such place, or not yet"),
                arguments("GET", "/queue/macbeth.0", "", 404, "id: no such place, or not yet"),
                arguments("GET", "/queue/" + "x".repeat(1000), "", 404, "id: no such place, or not yet"),
                arguments("GET", "/bookings", "", 405, "method: allowed is POST"),
                arguments("DELETE", "/bookings/x", "", 405, "method: allowed is GET"),
                arguments("POST", "/bookings", "[]", 400, "body: allowed is one JSON object"),
                arguments("POST", "/queue", "{\"show\":\"hamlet\"}", 400, "holder: missing"),
                arguments("POST", "/queue", "{\"show\":\"x\",\"holder\":\"Kim\"}", 404, "show: no such show"),
                arguments("POST", "/queue", "{\"show\":\"hamlet\",\"holder\":\"Kim\"}", 409, "show: has no queue; hold a seat with POST /holds"),
                arguments("POST", "/bookings", "{\"hold\":\"x\",\"holder\":\"Kim\"}", 404, "hold: this holder has no such hold"),
                arguments("POST", "/bookings", "{\"hold\":\"hamlet.A-1.0\",\"holder\":\"Kim\"}", 404, "hold: this holder has no such hold"),
                arguments("POST", "/bookings", "{\"hold\":\"%s\",\"holder\":\"Kim\"}".formatted("x".repeat(65)), 400, "hold: 65 characters were given, allowed are 1 to 64"),
                arguments("POST", "/holds", hold("hamlet", "Z-9", ""), 404, "seat: this show has no such seat"),
                arguments("POST", "/holds", hold("hamlet", "a-1", ""), 404, "seat: this show has no such seat"),
                arguments("POST", "/holds", hold("macbeth", "A-1", ""), 404, "show: no such show"),
                arguments("POST", "/holds", hold("nutcracker", "A-1", ""), 403, "token: missing; this show has a queue, join it with POST /queue"),
                arguments("POST", "/holds", hold("nutcracker", "A-1", ",\"token\":\"1.2.3\""), 400, "token: allowed is what GET /queue/{id} gave"),
                arguments("POST", "/holds", hold("nutcracker", "A-1", ",\"token\":\"1.2.%s\"".formatted("A".repeat(43))), 403, "token: is of another show or holder"),
                arguments("POST", "/holds", hold("nutcracker", "A-1", ",\"token\":\"\""), 400, "token: 0 characters were given, allowed are 1 to 100"),
                arguments("POST", "/holds", hold("nutcracker", "A-1", ",\"token\":7"), 400, "body: every field is a string"),
                arguments("POST", "/holds", "x".repeat(100_000), 413, "body: allowed are 4096 bytes"));
    }

    private static String hold(String show, String seat, String more) {
        return "{\"show\":\"%s\",\"seat\":\"%s\",\"holder\":\"Kim\"%s}".formatted(show, seat, more);
    }

    @ParameterizedTest(name = "{0} {1} {3} {4}")
    @MethodSource
    void refusals(String method, String path, String body, int status, String fault) throws Exception {
        HttpRequest.Builder request = request(path)
                .header("Content-Type", "application/json")
                // What a browser would like to have does not matter.
                .header("Accept", "text/html")
                .method(method, BodyPublishers.ofString(body));
        assertThat(faults(send(request), status)).containsExactly(fault);
    }

    /** The same name in parts, as some keyboards give it, and composed. */
    @Test
    void aNameInPartsIsTheSameName() throws Exception {
        String composed = "김하늘";
        String parts = Normalizer.normalize(composed, Normalizer.Form.NFD);
        assertThat(parts).isNotEqualTo(composed);
        JsonNode hold = body(post("/holds", Map.of("show", "hamlet", "seat", "J-12", "holder", parts)), 201);
        assertThat(hold.get("holder").asString()).isEqualTo(composed);
        assertThat(body(post("/holds", Map.of("show", "hamlet", "seat", "J-12", "holder", composed)), 200)).isEqualTo(hold);
        JsonNode booking = body(post("/bookings", Map.of("hold", hold.get("id").asString(), "holder", parts)), 201);
        assertThat(body(post("/bookings", Map.of("hold", hold.get("id").asString(), "holder", composed)), 200)).isEqualTo(booking);
        // A name of a hundred characters is one also in three hundred parts.
        String hundred = Normalizer.normalize("김".repeat(100), Normalizer.Form.NFD);
        body(post("/holds", Map.of("show", "hamlet", "seat", "J-11", "holder", hundred)), 201);
    }

    @Test
    void namesEveryFaultAtOnce() throws Exception {
        assertThat(faults(post("/holds", "{\"seat\":\"\",\"holder\":\" Kim\",\"price\":\"1\"}"), 400))
                .containsExactly(
                        "show: missing",
                        "seat: 0 characters were given, allowed are 1 to 16",
                        "holder: allowed is printable text without blanks around it",
                        "body: there are unknown fields, allowed are show, seat, holder, token");
    }

    @Test
    void takesJsonOnly() throws Exception {
        for (String type : List.of("text/plain", "application/x-www-form-urlencoded", "rubbish")) {
            HttpRequest.Builder request =
                    request("/holds").header("Content-Type", type).POST(BodyPublishers.ofString("{}"));
            assertThat(faults(send(request), 415)).containsExactly("content-type: allowed is application/json");
        }
        assertThat(faults(send(request("/holds").POST(BodyPublishers.ofString("{}"))), 415)).hasSize(1);
    }

    @Test
    void boundsABodyOfUnknownLength() throws Exception {
        byte[] big = "x".repeat(100_000).getBytes(StandardCharsets.UTF_8);
        HttpRequest.Builder request = request("/holds")
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(big)));
        assertThat(faults(send(request), 413)).containsExactly("body: allowed are 4096 bytes");
    }

    @Test
    void saysWhatItIsAndHowItIs() throws Exception {
        assertThat(get("/version").body())
                .matches("\\{\"service\":\"booking\",\"commit\":\"0123abc\",\"change\":\"[^\"\\\\]+\"}");
        assertThat(body(get("/healthz"), 200).get("status").asString()).isEqualTo("UP");
        assertThat(body(get("/readyz"), 200).get("status").asString()).isEqualTo("UP");
    }

    @Test
    void counts() throws Exception {
        get("/shows/secret-show");
        HttpResponse<String> metrics = get("/metrics");
        assertThat(metrics.headers().firstValue("Content-Type").orElseThrow()).startsWith("text/plain");
        assertThat(metrics.body())
                .contains(
                        "refusals_total{field=\"show\",status=\"404\"}",
                        "# TYPE http_server_requests_seconds summary", "uri=\"/shows/{id}\"", "jvm_memory_used_bytes")
                .doesNotContain("secret-show");
    }

    @Test
    void logsJsonWithoutPersonalData(CapturedOutput output) throws Exception {
        post("/holds", Map.of("show", "hamlet", "seat", "D-1", "holder", "김하늘"));
        post("/holds", "{\"holder\":\"김하늘\",");
        get("/nowhere/secret-path");
        get("/bookings/secret-id");
        get("/healthz");
        // The line is written when the answer is already on its way.
        await().atMost(Duration.ofMinutes(1)).until(() -> output.getOut().lines().filter(line -> line.contains("\"msg\":\"request\"")).count() >= 4);
        assertThat(output.getAll()).doesNotContain("김하늘", "secret-path", "secret-id", "/healthz");
        for (String line : output.getOut().lines().toList()) {
            JsonNode read = json.readTree(line);
            assertThat(read.get("service").asString()).isEqualTo("booking");
            assertThat(read.propertyNames()).contains("time", "level", "msg", "commit");
            if (read.get("msg").asString().equals("request")) {
                assertThat(read.get("request").asString()).isNotEmpty();
            }
        }
    }
}
