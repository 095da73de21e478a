package example.tickets.booking;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.GenericApplicationContext;

/** What the cluster sees while the service stops. The limit is for a service that does not stop at all. */
@Timeout(300)
class DrainTest {

    private final CountDownLatch draining = new CountDownLatch(1);
    private final CountDownLatch drained = new CountDownLatch(1);
    private volatile Duration asked;

    private final Drain.Pause pause = duration -> {
        asked = duration;
        draining.countDown();
        drained.await();
    };

    private static int status(int port, String path) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://localhost:" + port + path)).build();
        return HttpClient.newHttpClient().send(request, BodyHandlers.discarding()).statusCode();
    }

    @Test
    void servesUntilItIsDrained() throws Exception {
        ConfigurableApplicationContext context = new SpringApplicationBuilder(BookingApplication.class)
                .initializers((GenericApplicationContext fresh) -> fresh.registerBean(
                        "testPause", Drain.Pause.class, () -> pause, definition -> definition.setPrimary(true)))
                .run("--server.port=0", "--booking.drain=7s", "--spring.main.register-shutdown-hook=false");
        int port = context.getEnvironment().getRequiredProperty("local.server.port", Integer.class);
        assertThat(status(port, "/readyz")).isEqualTo(200);

        CompletableFuture<Void> closed = CompletableFuture.runAsync(context::close);
        draining.await();
        assertThat(asked).hasSeconds(7);
        assertThat(status(port, "/readyz")).isEqualTo(503);
        assertThat(status(port, "/healthz")).isEqualTo(200);
        assertThat(status(port, "/shows")).isEqualTo(200);

        drained.countDown();
        closed.join();
        assertThatExceptionOfType(ConnectException.class).isThrownBy(() -> status(port, "/shows"));
    }

    @Test
    void isCutShortByAnInterrupt() {
        Drain drain = new Drain(Duration.ofHours(1), duration -> {
            throw new InterruptedException();
        });
        drain.start();
        assertThat(drain.isRunning()).isTrue();
        drain.stop();
        assertThat(drain.isRunning()).isFalse();
        assertThat(Thread.interrupted()).isTrue();
    }
}
