package example.tickets.booking;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.Test;

class CachedTest {

    private static final Instant NOW = Instant.parse("2027-11-23T09:00:00Z");

    private final AtomicInteger reads = new AtomicInteger();
    private volatile Runnable during = () -> {};
    private final Cached<String, Integer> cached = new Cached<>(Duration.ofSeconds(1), key -> {
        int read = reads.incrementAndGet();
        during.run();
        return read;
    });

    private int get(long millis) {
        return cached.get("key", NOW.plusMillis(millis));
    }

    @Test
    void readsAgainWhenItIsOld() {
        assertThat(get(0)).isEqualTo(1);
        assertThat(get(999)).isEqualTo(1);
        assertThat(get(1000)).isEqualTo(2);
        assertThat(cached.get("another", NOW)).isEqualTo(3);
        // The clock was set back by more than that.
        assertThat(get(-1)).isEqualTo(4);
        cached.put("key", 9, NOW);
        assertThat(get(1)).isEqualTo(9);
    }

    @Test
    void oneReadsWhileTheOthersGetWhatThereIs() {
        get(0);
        CountDownLatch reading = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        during = () -> {
            reading.countDown();
            await(go);
        };
        CompletableFuture<Integer> reader = CompletableFuture.supplyAsync(() -> get(1000));
        await(reading);
        during = () -> {};
        assertThat(get(1000)).isEqualTo(1);
        assertThat(get(4999)).isEqualTo(1);
        // But not what is much too old.
        assertThat(get(5000)).isEqualTo(3);
        go.countDown();
        assertThat(reader.join()).isEqualTo(2);
    }

    @Test
    void triesAgainAfterAFailure() {
        get(0);
        during = () -> {
            throw new StoreAway("dynamodb");
        };
        assertThatExceptionOfType(StoreAway.class).isThrownBy(() -> get(1000));
        assertThatExceptionOfType(StoreAway.class).isThrownBy(() -> get(1001));
        during = () -> {};
        assertThat(get(1002)).isEqualTo(4);
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
