package example.tickets.booking;

import java.time.Duration;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/**
 * Keeps the server open for a while after the signal to stop. The cluster hears from /readyz that no more requests are wanted, which Spring
 * says as soon as it starts to close, and until then sends some.
 */
final class Drain implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(Drain.class);

    private final Duration duration;
    private final Pause pause;
    private volatile boolean running;

    /** Waits for a while. */
    interface Pause {
        void of(Duration duration) throws InterruptedException;
    }

    Drain(Duration duration, Pause pause) {
        this.duration = duration;
        this.pause = pause;
    }

    @Override
    public void start() {
        running = true;
    }

    @Override
    public void stop() {
        log.atInfo().addKeyValue("seconds", duration.toMillis() / 1000.0).log("draining");
        try {
            pause.of(duration);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        running = false;
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    /** Stops before everything else; the web server follows in phases of its own. */
    @Override
    public int getPhase() {
        return Integer.MAX_VALUE;
    }
}
