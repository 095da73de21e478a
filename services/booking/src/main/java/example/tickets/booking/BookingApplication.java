package example.tickets.booking;

import java.time.Clock;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;

/** Lists shows, holds and books their seats, and keeps their waiting queues. What is behind each interface is chosen here. */
@SpringBootApplication(proxyBeanMethods = false)
@EnableConfigurationProperties(Settings.class)
class BookingApplication {

    public static void main(String[] args) {
        SpringApplication.run(BookingApplication.class, args);
    }

    @Bean
    Clock clock() {
        return Clock.systemUTC();
    }

    @Bean
    Shows shows(Settings settings) {
        return new FixedShows(settings.shows());
    }

    @Bean
    Bookings bookings() {
        return new MemoryBookings();
    }

    @Bean
    WaitingQueue waitingQueue(Settings settings) {
        return new MemoryWaitingQueue(settings.queueLimit());
    }

    @Bean
    BookingEvents bookingEvents(Settings settings) {
        return settings.listener().<BookingEvents>map(PostedBookingEvents::new).orElseGet(LoggedBookingEvents::new);
    }

    @Bean
    BoxOffice boxOffice(
            Shows shows, Bookings bookings, WaitingQueue queue, BookingEvents events, Clock clock, Settings settings) {
        return new BoxOffice(shows, bookings, queue, events, clock, settings.hold());
    }

    @Bean
    Drain drain(Settings settings, Drain.Pause pause) {
        return new Drain(settings.drain(), pause);
    }

    @Bean
    Drain.Pause pause() {
        return duration -> Thread.sleep(duration.toMillis());
    }
}
