package example.tickets.booking;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Does something again and again on a thread of its own, whatever becomes of it, until it is closed. */
final class Background implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Background.class);
    private static final Duration AFTER_FAILURE = Duration.ofSeconds(1);
    /** How long the end waits for what is being done. */
    static final Duration FAREWELL = Duration.ofMillis(1500);

    private final Duration pause;
    private final Duration afterFailure;
    private final Runnable work;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread thread;

    private Background(String name, Duration pause, Duration afterFailure, Runnable work) {
        this.pause = pause;
        this.afterFailure = afterFailure;
        this.work = work;
        this.thread = new Thread(this::run, name);
        this.thread.setDaemon(true);
    }

    static Background start(String name, Duration pause, Runnable work) {
        return start(name, pause, AFTER_FAILURE, work);
    }

    static Background start(String name, Duration pause, Duration afterFailure, Runnable work) {
        Background background = new Background(name, pause, afterFailure, work);
        background.thread.start();
        return background;
    }

    private void run() {
        Duration next = pause;
        while (!isClosedAfter(next)) {
            next = pause;
            try {
                work.run();
            } catch (StoreAway e) {
                // It is in the log already.
                next = longer();
            } catch (RuntimeException e) {
                next = longer();
                if (closed.getCount() > 0) {
                    log.atError().addKeyValue("work", thread.getName()).setCause(e).log("work failed");
                }
            }
        }
    }

    private Duration longer() {
        return pause.compareTo(afterFailure) > 0 ? pause : afterFailure;
    }

    private boolean isClosedAfter(Duration duration) {
        try {
            return closed.await(duration.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    /** Waits for what is being done, but not for ever. */
    @Override
    public void close() throws InterruptedException {
        closed.countDown();
        thread.join(FAREWELL.toMillis());
    }
}
