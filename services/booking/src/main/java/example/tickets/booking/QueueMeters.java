package example.tickets.booking;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ToLongFunction;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;

/** How many people wait for each show, and the last place that is let in. A show that nobody looked after for a while has no number. */
final class QueueMeters {

    private static final Duration FRESH = Duration.ofSeconds(30);

    private record Length(long waiting, long admitted, long nanos) {}

    private final Map<String, Length> lengths = new ConcurrentHashMap<>();
    private final MeterRegistry meters;

    QueueMeters(MeterRegistry meters) {
        this.meters = meters;
    }

    /**
     * @param last     the last place that somebody has
     * @param admitted the last place that is let in
     */
    void show(String show, long last, long admitted) {
        Length now = new Length(Math.max(0, last - admitted), admitted, System.nanoTime());
        if (lengths.put(show, now) == null) {
            gauge("queue.waiting", "People who have a place and are not let in", show, Length::waiting);
            gauge("queue.admitted", "The last place that is let in", show, Length::admitted);
        }
    }

    private void gauge(String name, String description, String show, ToLongFunction<Length> value) {
        Gauge.builder(name, () -> {
                    Length length = lengths.get(show);
                    boolean fresh = System.nanoTime() - length.nanos() < FRESH.toNanos();
                    return fresh ? (double) value.applyAsLong(length) : Double.NaN;
                })
                .description(description)
                .tag("show", show)
                .register(meters);
    }
}
