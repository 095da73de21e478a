package example.tickets.booking;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;

import org.apache.tomcat.util.net.AbstractEndpoint;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.convert.DurationStyle;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.tomcat.TomcatWebServer;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.core.io.ClassPathResource;
import org.springframework.test.util.ReflectionTestUtils;

/** Kubernetes kills what has not ended in 30 s. */
@Timeout(120)
@ExtendWith(OutputCaptureExtension.class)
class ShutdownTest {

    /** The terminationGracePeriodSeconds of the platform, but for a second in which the JVM itself ends. */
    private static final Duration LONGEST = Duration.ofSeconds(29);

    private static Duration grace() throws IOException {
        Object given = new YamlPropertySourceLoader()
                .load("application", new ClassPathResource("application.yaml"))
                .get(0)
                .getProperty("spring.lifecycle.timeout-per-shutdown-phase");
        return DurationStyle.detectAndParse(String.valueOf(given));
    }

    /** Drain, requests under way, those that do not end, the work of admission, and then the stores. */
    private static Duration atMost(Stores stores) throws IOException {
        return stores.closing().stream()
                .map(Closing::atMost)
                .reduce(Settings.LONGEST_DRAIN, Duration::plus)
                .plus(grace())
                .plus(BookingApplication.INTERRUPTED)
                .plus(Background.FAREWELL);
    }

    @Test
    void allPartsFitIntoWhatKubernetesWaits() throws Exception {
        FakeDynamo client = new FakeDynamo();
        QueueRig rig = new QueueRig();
        Settings settings = SettingsTest.stores(Tables.create(client, "test"), QueueRig.TOPIC, "test.booking.bookings", List.of());
        Stores outside = Stores.outside(settings, client, rig.producer, rig.consumer, new TestClock(), rig.meters);
        assertThat(outside.closing()).extracting(Closing::name)
                .containsExactly("sweep", "numbering", "events", "consumer", "producer", "dynamodb");
        assertThat(atMost(outside)).isLessThanOrEqualTo(LONGEST);
        outside.close();
        Stores memory = Stores.inMemory(SettingsTest.settings(Duration.ZERO, Duration.ofMinutes(5), "http://localhost:1/tickets"), new SimpleMeterRegistry());
        assertThat(memory.closing()).extracting(Closing::name).containsExactly("events");
        assertThat(atMost(memory)).isLessThanOrEqualTo(LONGEST);
        memory.close();
        // A request that waits for Kafka ends by itself.
        assertThat(grace()).isGreaterThanOrEqualTo(Kafka.FIND.plus(Kafka.DELIVER).plusSeconds(1));
    }

    @Test
    void whatHangsIsGivenUpAndTheRestIsClosed(CapturedOutput output) throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        List<String> closed = new ArrayList<>();
        for (Closing one : List.of(
                new Closing("hanging", Duration.ofMillis(1), never::await),
                new Closing("failing", Duration.ofMinutes(1), () -> {
                    throw new IllegalStateException("no");
                }),
                new Closing("last", Duration.ofMinutes(1), () -> closed.add("last")))) {
            one.close();
        }
        assertThat(closed).containsExactly("last");
        assertThat(output.getOut().lines().filter(line -> line.contains("not closed"))).hasSize(2);
        never.countDown();
    }

    @Test
    void theServerDoesNotWaitLongForRequestsThatItHasInterrupted() {
        TomcatServletWebServerFactory factory = new TomcatServletWebServerFactory(0);
        new BookingApplication().quickEnd().customize(factory);
        TomcatWebServer server = (TomcatWebServer) factory.getWebServer();
        // Only then it has its connector.
        server.start();
        Object endpoint = ReflectionTestUtils.getField(server.getTomcat().getConnector().getProtocolHandler(), "endpoint");
        assertThat(((AbstractEndpoint<?, ?>) endpoint).getExecutorTerminationTimeoutMillis())
                .isEqualTo(BookingApplication.INTERRUPTED.toMillis());
        server.destroy();
    }
}
