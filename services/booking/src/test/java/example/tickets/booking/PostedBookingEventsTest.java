package example.tickets.booking;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;

import com.sun.net.httpserver.HttpServer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

/** Against a listener that answers what a test says, and 201 after that. */
class PostedBookingEventsTest {

    private final List<String> heard = new CopyOnWriteArrayList<>();
    private final Set<String> requests = ConcurrentHashMap.newKeySet();
    private final Deque<Integer> answers = new ArrayDeque<>();
    /** What the listener waits for before it answers. */
    private volatile CountDownLatch told = new CountDownLatch(0);
    private HttpServer listener;
    private PostedBookingEvents events;

    @BeforeAll
    static void waitLonger() {
        // Three builds may share the machine with this.
        Awaitility.setDefaultTimeout(Duration.ofMinutes(1));
    }

    @BeforeEach
    void start() throws Exception {
        listener = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        listener.createContext("/tickets", exchange -> {
            String type = exchange.getRequestHeaders().getFirst("Content-Type");
            requests.add(exchange.getRequestHeaders().getFirst("X-Request-Id"));
            heard.add(type + " " + new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
            try {
                told.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            Integer status;
            synchronized (answers) {
                status = answers.poll();
            }
            if (status == null || status > 0) {
                exchange.sendResponseHeaders(status == null ? 201 : status, -1);
            }
            // Otherwise it hangs up without an answer.
            exchange.close();
        });
        listener.start();
        events = new PostedBookingEvents(
                URI.create("http://localhost:%d/tickets".formatted(listener.getAddress().getPort())),
                Duration.ofMillis(10),
                Duration.ofSeconds(5));
    }

    @AfterEach
    void stop() throws Exception {
        // First the events: they wait for a listener that is away.
        events.close();
        listener.stop(0);
    }

    private void booked(String id) {
        events.booked(new Kept<>(new Booking(id, "h-1", "hamlet", "A-1", "김", Instant.EPOCH), true), "request-1");
    }

    private List<String> ids() {
        return heard.stream()
                .map(text -> new JsonMapper().readTree(text.substring(text.indexOf('{'))).get("booking").asString())
                .toList();
    }

    @Test
    void tellsWhatATicketIsIssuedFor() {
        booked("b-1");
        await().until(() -> heard.size() == 1);
        assertThat(heard.get(0)).startsWith("application/json ");
        assertThat(requests).containsExactly("request-1");
        assertThat(new JsonMapper().readTree(heard.get(0).substring("application/json ".length())))
                .isEqualTo(new JsonMapper().readTree("""
                        {"booking": "b-1", "show": "hamlet", "seat": "A-1", "holder": "김"}"""));
    }

    @Test
    void asksAgainUntilTheListenerAnswersAndKeepsTheOrder() {
        answers.addAll(List.of(503, 0, 429, 500));
        booked("b-1");
        booked("b-2");
        await().until(() -> ids().contains("b-2"));
        assertThat(ids()).containsExactly("b-1", "b-1", "b-1", "b-1", "b-1", "b-2");
    }

    @Test
    void doesNotRepeatWhatIsRefused() {
        answers.addAll(List.of(409, 400));
        for (String id : List.of("b-1", "b-2", "b-3")) {
            booked(id);
        }
        await().until(() -> ids().contains("b-3"));
        assertThat(ids()).containsExactly("b-1", "b-2", "b-3");
    }

    @Test
    void tellsWhatIsRepeatedOnceWhileItWaits() {
        answers.addAll(List.of(503, 503));
        told = new CountDownLatch(1);
        for (int i = 0; i < 20_000; i++) {
            booked("b-1");
        }
        booked("b-2");
        told.countDown();
        await().until(() -> ids().contains("b-2"));
        assertThat(ids()).containsExactly("b-1", "b-1", "b-1", "b-2");
        // Later it is told again: the listener may have lost it.
        await().until(() -> {
            booked("b-1");
            return ids().size() > 4;
        });
    }

    @Test
    void neverWaitsForTheListener() throws Exception {
        events.close();
        events = new PostedBookingEvents(URI.create("http://localhost:1/tickets"), Duration.ofMillis(10), Duration.ZERO);
        for (int i = 0; i < 100; i++) {
            booked("b-" + i);
        }
    }

    @Test
    void tellsWhatIsWaitingBeforeItEnds() throws Exception {
        answers.add(503);
        for (String id : List.of("b-1", "b-2", "b-3")) {
            booked(id);
        }
        events.close();
        assertThat(ids()).containsExactly("b-1", "b-1", "b-2", "b-3");
    }
}
