package example.tickets.booking;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.json.JsonMapper;

/**
 * Announces to one listener over HTTP, apart from the request that led to it and in the order of the bookings. A listener that is away is asked until
 * it answers; what it refuses is not repeated. What is not announced when the process ends is lost, as are the bookings that are kept in memory.
 */
final class PostedBookingEvents implements BookingEvents, AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(PostedBookingEvents.class);
    private static final JsonMapper json = new JsonMapper();

    /** How many bookings wait to be announced, at most. */
    private static final int LIMIT = 10_000;
    private static final Duration TIMEOUT = Duration.ofSeconds(5);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);
    /** The last thing of the 30 s that Kubernetes waits. */
    static final Duration FAREWELL = Duration.ofSeconds(5);

    private final URI listener;
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(TIMEOUT).build();
    private final ThreadPoolExecutor teller = new ThreadPoolExecutor(
            1, 1, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>(LIMIT), work -> new Thread(work, "booking-events"));

    /** What waits or is being announced: a request that is repeated meanwhile adds nothing. */
    private final Set<String> waiting = ConcurrentHashMap.newKeySet();

    private final Duration firstPause;
    private final Duration farewell;

    PostedBookingEvents(URI listener) {
        this(listener, FIRST_PAUSE, FAREWELL);
    }

    /** For tests, which have no time for a listener that is away. */
    PostedBookingEvents(URI listener, Duration firstPause, Duration farewell) {
        this.listener = listener;
        this.firstPause = firstPause;
        this.farewell = farewell;
    }

    @Override
    public void booked(Kept<Booking> kept, String request) {
        Booking booking = kept.value();
        if (!waiting.add(booking.id())) {
            return;
        }
        try {
            teller.execute(() -> tell(booking, request));
        } catch (RejectedExecutionException e) {
            waiting.remove(booking.id());
            // Whoever booked repeats the request, and with it the event.
            throw new Refusal(Refusal.Reason.FULL, "events: too many bookings wait to be announced");
        }
    }

    private void tell(Booking booking, String request) {
        HttpRequest order = HttpRequest.newBuilder(listener)
                .timeout(TIMEOUT)
                .header("Content-Type", "application/json")
                .header(RequestLog.HEADER, request)
                .POST(BodyPublishers.ofByteArray(json.writeValueAsBytes(Map.of(
                        "booking", booking.id(),
                        "show", booking.show(),
                        "seat", booking.seat(),
                        "holder", booking.holder()))))
                .build();
        try {
            for (Duration pause = firstPause; ; pause = longer(pause)) {
                String answer;
                try {
                    int status = client.send(order, BodyHandlers.discarding()).statusCode();
                    if (status / 100 == 2) {
                        log.atInfo().addKeyValue("booking", booking.id()).log("announced");
                        return;
                    }
                    // Too early, too many, or its own fault; anything else would be refused again.
                    if (status / 100 != 5 && status != 408 && status != 425 && status != 429) {
                        log.atError().addKeyValue("booking", booking.id()).addKeyValue("status", status).log("refused");
                        return;
                    }
                    answer = "status " + status;
                } catch (IOException e) {
                    answer = e.getClass().getSimpleName();
                }
                log.atWarn().addKeyValue("booking", booking.id()).addKeyValue("answer", answer).log("not announced yet");
                Thread.sleep(pause.toMillis());
            }
        } catch (InterruptedException e) {
            log.atError().addKeyValue("booking", booking.id()).log("not announced");
            Thread.currentThread().interrupt();
        } finally {
            waiting.remove(booking.id());
        }
    }

    private static Duration longer(Duration pause) {
        Duration twice = pause.multipliedBy(2);
        return twice.compareTo(LONGEST_PAUSE) < 0 ? twice : LONGEST_PAUSE;
    }

    @Override
    public void close() throws InterruptedException {
        teller.shutdown();
        if (!teller.awaitTermination(farewell.toMillis(), TimeUnit.MILLISECONDS)) {
            int lost = teller.shutdownNow().size();
            if (lost > 0) {
                log.atError().addKeyValue("bookings", lost).log("not announced");
            }
        }
    }
}
