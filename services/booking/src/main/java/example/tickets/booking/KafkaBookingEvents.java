package example.tickets.booking;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.json.JsonMapper;

/**
 * Announces bookings by Kafka, apart from the request that led to them. What is not announced, because this ended or Kafka was away, is in the
 * outbox, which is swept: by whichever replica comes first, so a booking may be announced twice, and never not at all.
 */
final class KafkaBookingEvents implements BookingEvents, AutoCloseable {

    /** How long a booking is left to the replica that made it. */
    static final Duration PATIENCE = Duration.ofSeconds(10);

    private static final Logger log = LoggerFactory.getLogger(KafkaBookingEvents.class);
    private static final JsonMapper json = new JsonMapper();
    private static final int THREADS = 4;
    /** How many bookings wait to be announced, at most: the others are left to the sweep. */
    private static final int LIMIT = 1000;
    static final Duration FAREWELL = Duration.ofSeconds(1);

    /** After so many failures a sweep ends. */
    static final int FAILURES = 3;

    private final Outbox outbox;
    private final Sales sales;
    private final Sender sender;
    private final ThreadPoolExecutor tellers = new ThreadPoolExecutor(
            THREADS, THREADS, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>(LIMIT), work -> new Thread(work, "booking-events"));

    /** What the sweep could not announce, longest ago first. */
    private final Set<String> stuck = new LinkedHashSet<>();

    KafkaBookingEvents(Outbox outbox, Sales sales, Sender sender) {
        this.outbox = outbox;
        this.sales = sales;
        this.sender = sender;
    }

    @Override
    public void booked(Kept<Booking> booking, String request) {
        if (!booking.created()) {
            return;
        }
        try {
            tellers.execute(() -> tryToTell(new Sale(booking.value(), request)));
        } catch (RejectedExecutionException e) {
            log.atWarn().addKeyValue("booking", booking.value().id()).log("left to the sweep");
        }
    }

    private void tryToTell(Sale sale) {
        try {
            tell(sale);
        } catch (StoreAway e) {
            log.atWarn().addKeyValue("booking", sale.booking().id()).addKeyValue("request", sale.request()).log("not announced yet");
        }
    }

    private void tell(Sale sale) {
        sales.put(sale);
        sender.send(sale.booking().id(), event(sale.booking()), sale.request());
        outbox.told(sale.booking());
        log.atInfo().addKeyValue("booking", sale.booking().id()).addKeyValue("request", sale.request()).log("announced");
    }

    /**
     * Announces what is left in the outbox, and goes on after a booking that cannot be announced. After some of them it ends: then a store is away, and each one
     * would wait for it. Those that failed come last the next time, so no number of them keeps the others back.
     */
    void sweep(Instant now) {
        Map<String, Sale> left = new LinkedHashMap<>();
        outbox.pending(now.minus(PATIENCE)).forEach(sale -> left.put(sale.booking().id(), sale));
        stuck.retainAll(left.keySet());
        List<String> order = new ArrayList<>(left.keySet());
        order.removeAll(stuck);
        order.addAll(stuck);
        int failed = 0;
        for (String id : order) {
            boolean again = stuck.remove(id);
            try {
                tell(left.get(id));
            } catch (RuntimeException e) {
                stuck.add(id);
                if (!again) {
                    log.atError()
                            .addKeyValue("booking", id)
                            .addKeyValue("request", left.get(id).request())
                            .addKeyValue("reason", e.getClass().getSimpleName())
                            .log("not announced by the sweep, which tries again");
                }
                if (++failed == FAILURES) {
                    return;
                }
            }
        }
    }

    /** What the topic has of a booking. Readers ignore fields that they do not know; what they could not ignore would be another version. */
    static String event(Booking booking) {
        Map<String, Object> event = new LinkedHashMap<>();
        event.put("version", 1);
        event.put("booking", booking.id());
        event.put("show", booking.show());
        event.put("seat", booking.seat());
        event.put("holder", booking.holder());
        event.put("bookedAt", Timestamp.of(booking.bookedAt()));
        return json.writeValueAsString(event);
    }

    @Override
    public void close() throws InterruptedException {
        tellers.shutdown();
        if (!tellers.awaitTermination(FAREWELL.toMillis(), TimeUnit.MILLISECONDS)) {
            log.atWarn().addKeyValue("bookings", tellers.shutdownNow().size()).log("left to the sweep");
        }
    }
}
