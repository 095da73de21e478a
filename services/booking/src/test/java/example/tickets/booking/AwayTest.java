package example.tickets.booking;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Map;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/** The service with the real clients behind an entrance, and nothing where they are to connect to. */
@Timeout(300)
class AwayTest {

    /** What the environment gives to the SDK. */
    private static final Map<String, String> SDK = Map.of(
            "aws.accessKeyId", "key",
            "aws.secretAccessKey", "secret",
            // Nobody listens on it.
            "aws.endpointUrlDynamoDb", "http://127.0.0.1:1");

    private static ConfigurableApplicationContext context;

    @BeforeAll
    static void start() {
        SDK.forEach(System::setProperty);
        context = new SpringApplicationBuilder(BookingApplication.class)
                .run(
                        "--server.port=0",
                        "--spring.main.register-shutdown-hook=false",
                        "--booking.drain=0s",
                        "--booking.sign-in=required",
                        "--booking.queue-key=0123456789abcdef0123456789abcdef",
                        "--booking.region=ap-northeast-2",
                        "--booking.tables.shows=test-booking-shows",
                        "--booking.tables.seats=test-booking-seats",
                        "--booking.tables.places=test-booking-places",
                        "--booking.tables.sales=test-booking-sales",
                        "--booking.kafka.brokers=127.0.0.1:1",
                        "--booking.kafka.protocol=SASL_PLAINTEXT",
                        "--booking.kafka.username=test.booking",
                        "--booking.kafka.password=secret",
                        "--booking.kafka.group=test.booking",
                        "--booking.topics.queue=test.booking.queue",
                        "--booking.topics.bookings=test.booking.bookings");
    }

    @AfterAll
    static void stop() {
        context.close();
        SDK.keySet().forEach(System::clearProperty);
    }

    private static HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return HttpClient.newHttpClient().send(request.build(), BodyHandlers.ofString());
    }

    private static HttpRequest.Builder request(String path) {
        int port = context.getEnvironment().getRequiredProperty("local.server.port", Integer.class);
        return HttpRequest.newBuilder(URI.create("http://localhost:" + port + path));
    }

    private static HttpRequest.Builder hold(String body) {
        return request("/holds").header("Content-Type", "application/json").POST(BodyPublishers.ofString(body));
    }

    @Test
    void refusesWhatDidNotComeByTheEntrance() throws Exception {
        HttpResponse<String> answer = send(hold("{\"show\":\"hamlet\",\"seat\":\"A-1\",\"holder\":\"Kim\"}"));
        assertThat(answer.statusCode()).isEqualTo(401);
        assertThat(answer.body()).isEqualTo("{\"errors\":[\"holder: sign in\"]}");
    }

    @Test
    void isReadyAndAsksEverybodyToComeAgain() throws Exception {
        assertThat(send(request("/healthz")).statusCode()).isEqualTo(200);
        assertThat(send(request("/readyz")).statusCode()).isEqualTo(200);
        long begin = System.nanoTime();
        HttpResponse<String> answer = send(hold("{\"show\":\"hamlet\",\"seat\":\"A-1\"}").header(Caller.HEADER, "Kim"));
        assertThat(answer.statusCode()).isEqualTo(503);
        assertThat(answer.headers().firstValue("Retry-After")).contains("1");
        assertThat(answer.body()).isEqualTo("{\"errors\":[\"dynamodb: does not answer; the request can be repeated\"]}");
        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(30));
        assertThat(send(request("/metrics")).body())
                .containsPattern("store_failures_total\\{store=\"dynamodb\"\\} [1-9]")
                .containsPattern("store_failures_total\\{store=\"kafka\"\\} [1-9]");
    }
}
