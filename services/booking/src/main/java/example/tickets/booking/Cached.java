package example.tickets.booking;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;

/**
 * Remembers for a while what was read. While one caller reads anew, the others get what there is, so that a rush does not become a rush of
 * reads; but nothing that is much too old. There must be few keys: none is forgotten.
 */
final class Cached<K, V> {

    private final Duration fresh;
    private final Function<K, V> read;
    private final Map<K, Entry<V>> entries = new ConcurrentHashMap<>();

    private record Entry<V>(V value, Instant readAt, AtomicBoolean renewed) {

        boolean isWithin(Duration age, Instant now) {
            // Also if the clock was set back.
            return Duration.between(readAt, now).abs().compareTo(age) < 0;
        }
    }

    Cached(Duration fresh, Function<K, V> read) {
        this.fresh = fresh;
        this.read = read;
    }

    V get(K key, Instant now) {
        Entry<V> entry = entries.get(key);
        if (entry == null || !entry.isWithin(fresh.multipliedBy(5), now)) {
            return put(key, read.apply(key), now);
        }
        if (entry.isWithin(fresh, now) || !entry.renewed.compareAndSet(false, true)) {
            return entry.value;
        }
        try {
            return put(key, read.apply(key), now);
        } finally {
            // For the next one to try, if this read failed; otherwise the entry is gone.
            entry.renewed.set(false);
        }
    }

    V put(K key, V value, Instant now) {
        entries.put(key, new Entry<>(value, now, new AtomicBoolean()));
        return value;
    }
}
