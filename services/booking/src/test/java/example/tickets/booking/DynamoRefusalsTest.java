package example.tickets.booking;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.retries.api.BackoffStrategy;
import software.amazon.awssdk.retries.api.RetryStrategy;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

/** The real client against a server that answers what DynamoDB would, or worse. What no engine here does: throttling, conflicts, rubbish. */
class DynamoRefusalsTest {

    private static final Instant NOW = Instant.parse("2027-11-23T09:00:00Z");
    private static final Hold WANTED = new Hold("hamlet.A-1.0", "hamlet", "A-1", "Kim", NOW.plusSeconds(60));
    private static final String ITEM = "{\"show\":{\"S\":\"hamlet\"},\"seat\":{\"S\":\"A-1\"},\"holdId\":{\"S\":\"hamlet.A-1.%s\"},"
            + "\"holder\":{\"S\":\"%s\"},\"expiresAt\":{\"N\":\"" + NOW.plusSeconds(60).toEpochMilli() + "\"}}";

    private static final Answer DONE = new Answer(200, "{}");
    private static final Answer THROTTLED = error("ProvisionedThroughputExceededException");
    private static final Answer FAILED = new Answer(500, "{\"__type\":\"InternalServerError\"}");
    private static final Answer NO_ITEM = error("ConditionalCheckFailedException");
    /** It never comes. */
    private static final Answer NOTHING = new Answer(0, "");
    private static final Answer HANGS_UP = new Answer(-1, "");

    /** As often as the service does, without its pauses. */
    private static final RetryStrategy AT_ONCE = Dynamo.RETRIES.toBuilder()
            .backoffStrategy(BackoffStrategy.retryImmediately())
            .throttlingBackoffStrategy(BackoffStrategy.retryImmediately())
            .build();

    record Answer(int status, String body) {}

    private static Answer error(String type) {
        return new Answer(400, "{\"__type\":\"com.amazonaws.dynamodb.v20120810#%s\",\"message\":\"no\"}".formatted(type));
    }

    private static Answer failedOn(String holdId, String holder) {
        String body = NO_ITEM.body();
        return new Answer(400, body.substring(0, body.length() - 1) + ",\"Item\":" + ITEM.formatted(holdId, holder) + "}");
    }

    private static Answer item(String holdId, String holder) {
        return new Answer(200, "{\"Item\":" + ITEM.formatted(holdId, holder) + "}");
    }

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final Deque<Answer> answers = new ArrayDeque<>();
    private final List<String> calls = new CopyOnWriteArrayList<>();
    private final CountDownLatch end = new CountDownLatch(1);
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private HttpServer server;
    private DynamoDbClient client;
    private Bookings bookings;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.setExecutor(threads);
        server.start();
        // The machine may be busy: only where nothing comes does the time that it takes matter.
        connect(Duration.ofSeconds(20));
    }

    private void connect(Duration attempt) {
        client = Dynamo.bounded(attempt, attempt.multipliedBy(3), AT_ONCE)
                .region(Region.AP_NORTHEAST_2)
                .endpointOverride(URI.create("http://127.0.0.1:" + server.getAddress().getPort()))
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("key", "secret")))
                .build();
        Dynamo dynamo = new Dynamo(client, new StoreFailures(meters));
        bookings = new DynamoBookings(dynamo, "seats", "ap-northeast-2", new DynamoSales(dynamo, "sales"));
    }

    private void answer(HttpExchange exchange) throws IOException {
        exchange.getRequestBody().readAllBytes();
        calls.add(exchange.getRequestHeaders().getFirst("X-Amz-Target").replace("DynamoDB_20120810.", ""));
        Answer answer;
        synchronized (answers) {
            // The last one stays.
            answer = answers.size() > 1 ? answers.remove() : answers.peek();
        }
        if (answer.equals(NOTHING)) {
            try {
                end.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        } else if (!answer.equals(HANGS_UP)) {
            byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().add("Content-Type", "application/x-amz-json-1.0");
            exchange.sendResponseHeaders(answer.status(), body.length);
            exchange.getResponseBody().write(body);
        }
        exchange.close();
    }

    @AfterEach
    void stop() {
        end.countDown();
        client.close();
        server.stop(0);
        threads.shutdownNow();
    }

    private double failures() {
        return meters.get("store.failures").tag("store", "dynamodb").counter().count();
    }

    static Stream<Arguments> away() {
        return Stream.of(
                arguments("throttled for good", THROTTLED, 3),
                arguments("failed for good", FAILED, 3),
                arguments("no answer", NOTHING, 3),
                // The JDK repeats each of the three by itself.
                arguments("no answer but the end", HANGS_UP, 6),
                arguments("another transaction", error("TransactionConflictException"), 1),
                arguments("no such table", error("ResourceNotFoundException"), 1),
                arguments("not allowed", error("AccessDeniedException"), 1),
                arguments("what cannot be read", new Answer(200, "<html>It works!</html>"), 3),
                arguments("what is cut off", new Answer(200, "{\"Attributes\":"), 3),
                arguments("what is no error", new Answer(400, "<html>"), 1));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource
    void away(String name, Answer answer, int most) {
        answers.add(answer);
        if (answer.equals(NOTHING)) {
            client.close();
            connect(Duration.ofMillis(100));
        }
        Instant before = Instant.now();
        assertThatExceptionOfType(StoreAway.class)
                .isThrownBy(() -> bookings.hold(WANTED, NOW))
                .withMessage("dynamodb: does not answer");
        assertThat(Duration.between(before, Instant.now())).isLessThan(Duration.ofSeconds(15));
        assertThat(calls).hasSizeBetween(1, most).containsOnly("PutItem");
        assertThat(failures()).isEqualTo(1);
    }

    static Stream<Arguments> retried() {
        return Stream.of(
                arguments("throttled", List.of(THROTTLED, DONE)),
                arguments("failed twice", List.of(FAILED, FAILED, DONE)),
                arguments("hung up", List.of(HANGS_UP, DONE)),
                // The first attempt was made, and its answer lost: then the condition fails on what it wrote.
                arguments("failed, but done", List.of(FAILED, failedOn("0", "Kim"))));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource
    void retried(String name, List<Answer> given) {
        answers.addAll(given);
        assertThat(bookings.hold(WANTED, NOW)).isEqualTo(new Kept<>(WANTED, true));
        assertThat(failures()).isZero();
    }

    @Test
    void aConditionThatDoesNotHoldIsAnAnswer() {
        answers.add(failedOn("1", "Lee"));
        BookingsContract.refused(
                Refusal.Reason.CONFLICT, "seat: is held by somebody else", () -> bookings.hold(WANTED, NOW));
        assertThat(calls).containsExactly("PutItem");
        assertThat(failures()).isZero();
    }

    @Test
    void theItemThatItDoesNotHoldForIsReadWhereItIsNotGiven() {
        answers.addAll(List.of(NO_ITEM, item("1", "Lee")));
        BookingsContract.refused(
                Refusal.Reason.CONFLICT, "seat: is held by somebody else", () -> bookings.hold(WANTED, NOW));
        assertThat(calls).containsExactly("PutItem", "GetItem");
        answers.clear();
        answers.addAll(List.of(NO_ITEM, item("1", "Kim")));
        assertThat(bookings.hold(WANTED, NOW).created()).isFalse();
    }

    @Test
    void aSeatThatIsFreeBeforeAndAfterIsToBeAskedForAgain() {
        answers.addAll(List.of(NO_ITEM, DONE));
        assertThatExceptionOfType(StoreAway.class).isThrownBy(() -> bookings.hold(WANTED, NOW));
        // Without any item there is no hold to book.
        answers.clear();
        answers.addAll(List.of(NO_ITEM, DONE));
        BookingsContract.noSuchHold(() -> bookings.book(WANTED.id(), "Kim", "hamlet.A-1.2", NOW, "r"));
    }

    @Test
    void aBookingKnowsWhoseTheSeatIs() {
        for (Answer other : List.of(failedOn("1", "Kim"), failedOn("0", "Lee"))) {
            answers.clear();
            answers.add(other);
            BookingsContract.noSuchHold(() -> bookings.book(WANTED.id(), "Kim", "hamlet.A-1.2", NOW, "r"));
        }
        answers.clear();
        answers.add(failedOn("0", "Kim"));
        BookingsContract.refused(
                Refusal.Reason.CONFLICT,
                "hold: has expired",
                () -> bookings.book(WANTED.id(), "Kim", "hamlet.A-1.2", NOW, "r"));
    }
}
