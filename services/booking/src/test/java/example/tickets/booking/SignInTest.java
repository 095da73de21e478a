package example.tickets.booking;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What comes by an entrance: whose something is says the header, which the entrance sets, and no body. */
@Served
class SignInTest {

    private static final HttpClient client = HttpClient.newHttpClient();
    private static final JsonMapper json = new JsonMapper();
    private static final String KIM = "3f1c2a5e-0b7d-4a61-9c55-1d2e3f4a5b6c";

    @LocalServerPort
    private int port;

    private HttpResponse<String> send(String path, String body, String... subjects) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://localhost:" + port + path));
        for (String subject : subjects) {
            request.header(Caller.HEADER, subject);
        }
        if (body != null) {
            request.header("Content-Type", "application/json").POST(BodyPublishers.ofString(body));
        }
        return client.send(request.build(), BodyHandlers.ofString());
    }

    private static JsonNode body(HttpResponse<String> answer, int status) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        return json.readTree(answer.body());
    }

    private String hold(String seat) throws Exception {
        JsonNode hold = body(send("/holds", "{\"show\":\"hamlet\",\"seat\":\"%s\"}".formatted(seat), KIM), 201);
        assertThat(hold.get("holder").asString()).isEqualTo(KIM);
        return "{\"hold\":\"%s\"}".formatted(hold.get("id").asString());
    }

    @Test
    void booksForWhoSignedIn() throws Exception {
        String hold = hold("H-1");
        body(send("/bookings", hold, "somebody-else"), 404);
        JsonNode booking = body(send("/bookings", hold, KIM), 201);
        assertThat(booking.get("holder").asString()).isEqualTo(KIM);
        String path = "/bookings/" + booking.get("id").asString();
        assertThat(body(send(path, null, KIM), 200)).isEqualTo(booking);
        body(send(path, null, "somebody-else"), 404);
    }

    @Test
    void refusesABodyThatNamesSomebodyElse() throws Exception {
        String named = "{\"show\":\"hamlet\",\"seat\":\"H-2\",\"holder\":\"%s\"}";
        JsonNode refused = body(send("/holds", named.formatted("Lee"), KIM), 400);
        assertThat(refused.toString()).isEqualTo("{\"errors\":[\"holder: is who signed in; leave it out\"]}");
        body(send("/holds", named.formatted(KIM), KIM), 201);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "nobody", "nobody,", "two words", "{sub}", "ä"})
    void refusesWhoDidNotSignIn(String subject) throws Exception {
        for (String path : new String[] {"/holds", "/bookings", "/queue"}) {
            assertThat(send(path, "{}", subject).statusCode()).isEqualTo(401);
        }
        for (String path : new String[] {"/bookings/hamlet.A-1.0", "/queue/nutcracker.0"}) {
            assertThat(send(path, null, subject).statusCode()).isEqualTo(401);
        }
    }

    @Test
    void refusesTwoSubjects() throws Exception {
        body(send("/holds", "{\"show\":\"hamlet\",\"seat\":\"H-3\"}", KIM, "Kim"), 401);
    }

    @Test
    void showsShowsToEverybody() throws Exception {
        body(send("/shows", null), 200);
        body(send("/shows/hamlet", null, "nobody"), 200);
        body(send("/version", null), 200);
    }
}
