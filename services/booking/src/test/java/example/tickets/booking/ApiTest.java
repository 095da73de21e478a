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
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Primary;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Over HTTP, because what a client sees is made by the server too. Each test has seats of its own. */
@SpringBootTest(
        webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
        properties = {
            "booking.commit=0123abc",
            "booking.queue-limit=2",
            "booking.drain=0s",
            // Tests have no metrics otherwise.
            "management.defaults.metrics.export.enabled=true"
        })
@ExtendWith(OutputCaptureExtension.class)
class ApiTest {

    @TestConfiguration(proxyBeanMethods = false)
    static class Stand {

        @Bean
        @Primary
        TestClock testClock() {
            return new TestClock();
        }

        @Bean
        @Primary
        RecordedEvents recordedEvents() {
            return new RecordedEvents();
        }
    }

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
                        + "\"startsAt\":\"2027-12-31T22:00:00+09:00\",\"seats\":96,\"free\":96}");
        assertThat(faults(get("/shows/macbeth"), 404)).containsExactly("show: no such show");
    }

    @Test
    void holdsAndBooks() throws Exception {
        Map<String, String> wanted = Map.of("show", "nutcracker", "seat", "A-1", "holder", "김하늘");
        HttpResponse<String> held = post("/holds", wanted);
        JsonNode hold = body(held, 201);
        assertThat(hold.get("expiresAt").asString())
                .isEqualTo(clock.instant().plus(Duration.ofMinutes(5)).toString());
        HttpResponse<String> again = post("/holds", wanted);
        assertThat(body(again, 200)).isEqualTo(hold);
        assertThat(faults(post("/holds", Map.of("show", "nutcracker", "seat", "A-1", "holder", "Lee")), 409))
                .containsExactly("seat: is held by somebody else");

        Map<String, String> own = Map.of("hold", hold.get("id").asString(), "holder", "김하늘");
        HttpResponse<String> booked = post("/bookings", own);
        JsonNode booking = body(booked, 201);
        assertThat(booking.get("seat").asString()).isEqualTo("A-1");
        String location = "/bookings/" + booking.get("id").asString();
        assertThat(booked.headers().firstValue("Location")).contains(location);
        assertThat(body(post("/bookings", own), 200)).isEqualTo(booking);
        assertThat(body(get(location), 200)).isEqualTo(booking);

        JsonNode seats = body(get("/shows/nutcracker"), 200).get("seats");
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
        events.broken = true;
        try {
            assertThat(faults(post("/bookings", own), 500)).containsExactly("internal error");
        } finally {
            events.broken = false;
        }
        body(post("/bookings", own), 200);
        assertThat(events.booked).filteredOn(booking -> booking.seat().equals("C-1")).hasSize(1);
    }

    @Test
    void queues() throws Exception {
        HttpResponse<String> joined = post("/queue", Map.of("show", "hamlet", "holder", "Kim"));
        JsonNode place = body(joined, 201);
        assertThat(place.get("place").asInt()).isEqualTo(1);
        assertThat(body(post("/queue", Map.of("show", "hamlet", "holder", "Kim")), 200)).isEqualTo(place);
        assertThat(body(get(joined.headers().firstValue("Location").orElseThrow()), 200)).isEqualTo(place);
        body(post("/queue", Map.of("show", "hamlet", "holder", "Lee")), 201);
        assertThat(faults(post("/queue", Map.of("show", "hamlet", "holder", "Park")), 503))
                .containsExactly("the waiting queue is full");
    }

    static Stream<Arguments> refusals() {
        return Stream.of(
                arguments("GET", "/", "", 404, "path: there is nothing"),
                arguments("GET", "/error", "", 404, "path: there is nothing"),
                arguments("GET", "/env", "", 404, "path: there is nothing"),
                arguments("GET", "/bookings/x", "", 404, "id: no such booking"),
                arguments("GET", "/queue/x", "", 404, "id: no such place"),
                arguments("GET", "/bookings", "", 405, "method: allowed is POST"),
                arguments("DELETE", "/bookings/x", "", 405, "method: allowed is GET"),
                arguments("POST", "/bookings", "[]", 400, "body: allowed is one JSON object"),
                arguments("POST", "/queue", "{\"show\":\"hamlet\"}", 400, "holder: missing"),
                arguments("POST", "/queue", "{\"show\":\"x\",\"holder\":\"Kim\"}", 404, "show: no such show"),
                arguments("POST", "/holds", "x".repeat(100_000), 413, "body: allowed are 4096 bytes"));
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

    @Test
    void namesEveryFaultAtOnce() throws Exception {
        assertThat(faults(post("/holds", "{\"seat\":\"\",\"holder\":\" Kim\",\"price\":\"1\"}"), 400))
                .containsExactly(
                        "show: missing",
                        "seat: 0 characters were given, allowed are 1 to 16",
                        "holder: allowed is printable text without blanks around it",
                        "body: there are unknown fields, allowed are show, seat, holder");
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
                .contains("# TYPE http_server_requests_seconds summary", "uri=\"/shows/{id}\"", "jvm_memory_used_bytes")
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
        }
    }
}
