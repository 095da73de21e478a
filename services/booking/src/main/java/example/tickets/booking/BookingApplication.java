package example.tickets.booking;

import java.time.Clock;
import java.time.Duration;

import io.micrometer.core.instrument.MeterRegistry;
import org.springframework.boot.ApplicationRunner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.context.annotation.Bean;

/** Lists shows, holds and books their seats, and keeps their waiting queues. What is behind each interface is chosen in {@link Stores}. */
@SpringBootApplication(proxyBeanMethods = false)
@EnableConfigurationProperties(Settings.class)
class BookingApplication {

    private static final Duration ADMIT = Duration.ofSeconds(1);

    public static void main(String[] args) {
        if (args.length > 0 && args[0].equals(Republish.NAME)) {
            System.exit(Republish.main(args));
        }
        SpringApplication.run(BookingApplication.class, args);
    }

    @Bean
    Clock clock() {
        return Clock.systemUTC();
    }

    @Bean
    Stores stores(Settings settings, Clock clock, MeterRegistry meters) {
        return settings.hasStores() ? Stores.outside(settings, clock, meters) : Stores.inMemory(settings, meters);
    }

    /** Before /readyz says that requests may come. */
    @Bean
    ApplicationRunner warmUp(Stores stores) {
        return arguments -> stores.warmUp();
    }

    @Bean(destroyMethod = "")
    BookingEvents bookingEvents(Stores stores) {
        return stores.events();
    }

    @Bean
    BoxOffice boxOffice(Stores stores, BookingEvents events, Clock clock, Settings settings) {
        return new BoxOffice(
                stores.shows(), stores.bookings(), stores.queue(), stores.key(), events, clock, settings.hold());
    }

    @Bean
    Background admission(BoxOffice office) {
        return Background.start("admission", ADMIT, office::admit);
    }

    @Bean
    Drain drain(Settings settings, Drain.Pause pause) {
        return new Drain(settings.drain(), pause);
    }

    /** How long the server waits for threads that it has interrupted, because their requests took longer than the grace. */
    static final Duration INTERRUPTED = Duration.ofSeconds(2);

    @Bean
    WebServerFactoryCustomizer<TomcatServletWebServerFactory> quickEnd() {
        return factory -> factory.addConnectorCustomizers(connector ->
                connector.setProperty("executorTerminationTimeoutMillis", Long.toString(INTERRUPTED.toMillis())));
    }

    @Bean
    Drain.Pause pause() {
        return duration -> Thread.sleep(duration.toMillis());
    }
}
