package example.tickets.booking;

import java.time.Duration;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Something that is closed at the end, and is given up after a time, whatever it does: all parts of a shutdown have to fit into what Kubernetes
 * waits before it kills.
 */
record Closing(String name, Duration atMost, AutoCloseable part) {

    private static final Logger log = LoggerFactory.getLogger(Closing.class);

    void close() throws InterruptedException {
        Thread thread = new Thread(
                () -> {
                    try {
                        part.close();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    } catch (Exception e) {
                        log.atWarn()
                                .addKeyValue("part", name)
                                .addKeyValue("reason", e.getClass().getSimpleName())
                                .log("not closed");
                    }
                },
                "closing-" + name);
        thread.setDaemon(true);
        thread.start();
        thread.join(atMost.toMillis());
        if (thread.isAlive()) {
            log.atWarn().addKeyValue("part", name).addKeyValue("seconds", atMost.toMillis() / 1000.0).log("not closed in time");
        }
    }
}
