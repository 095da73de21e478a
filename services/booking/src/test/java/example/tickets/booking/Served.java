package example.tickets.booking;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.Primary;

/** The service on a port, with a clock and events of the tests. Spring starts it once for all classes that have this. */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@SpringBootTest(
        webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
        properties = {
            "booking.commit=0123abc",
            "booking.queue-limit=2",
            "booking.drain=0s",
            // Tests have no metrics otherwise.
            "management.defaults.metrics.export.enabled=true"
        })
@Import(Served.Stand.class)
@interface Served {

    @TestConfiguration(proxyBeanMethods = false)
    class Stand {

        @Bean
        @Primary
        TestClock testClock() {
            return new TestClock();
        }

        @Bean
        @Primary
        RecordedEvents recordedEvents() {
            return new RecordedEvents();
        }
    }
}
