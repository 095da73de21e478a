package example.tickets.booking;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

@ExtendWith(OutputCaptureExtension.class)
class BackgroundTest {

    private static final Duration AFTER_FAILURE = Duration.ofMillis(50);

    private final AtomicInteger done = new AtomicInteger();

    @Test
    void goesOnWhateverHappens(CapturedOutput output) throws Exception {
        Background background = Background.start("counting", Duration.ZERO, AFTER_FAILURE, () -> {
            switch (done.incrementAndGet()) {
                case 1 -> throw new IllegalStateException("a mistake of ours");
                case 2 -> throw new StoreAway("kafka");
                default -> { }
            }
        });
        await().atMost(Duration.ofMinutes(1)).until(() -> done.get() > 100);
        background.close();
        int then = done.get();
        Thread.sleep(50);
        assertThat(done.get()).isEqualTo(then);
        assertThat(output.getOut()).contains("work failed", "a mistake of ours");
    }

    @Test
    void doesNotBeginWhatItIsNotToDoAnyMore() throws Exception {
        Background.start("counting", Duration.ofHours(1), done::incrementAndGet).close();
        assertThat(done.get()).isZero();
    }

    @Test
    void saysNothingOfWhatFailsBecauseOfTheEnd(CapturedOutput output) throws Exception {
        CountDownLatch working = new CountDownLatch(1);
        CountDownLatch ended = new CountDownLatch(1);
        Background background = Background.start("waiting", Duration.ZERO, () -> {
            working.countDown();
            try {
                ended.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            throw new IllegalStateException("client is closed");
        });
        working.await();
        Thread closing = new Thread(() -> {
            try {
                background.close();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        closing.start();
        await().atMost(Duration.ofMinutes(1)).until(() -> closing.getState() == Thread.State.TIMED_WAITING);
        ended.countDown();
        closing.join();
        assertThat(output.getOut()).doesNotContain("client is closed");
    }
}
