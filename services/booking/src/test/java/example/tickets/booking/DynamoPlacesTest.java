package example.tickets.booking;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.Test;

class DynamoPlacesTest extends PlacesContract {

    private final FakeDynamo client = new FakeDynamo();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final Places places = new DynamoPlaces(
            new Dynamo(client, new StoreFailures(meters)), Tables.create(client, "test").places(), Duration.ofMillis(1));

    @Override
    Places places() {
        return places;
    }

    @Test
    void asksAgainForWhatWasLeftOutOfABatch() {
        client.batch = 2;
        places.number(Map.of("a.1", 1L, "a.2", 2L, "a.3", 3L));
        assertThat(places.numbered(List.of("a.1", "a.2", "a.3"))).isEqualTo(Map.of("a.1", 1L, "a.2", 2L, "a.3", 3L));
    }

    @Test
    void doesNotAskForEver() {
        client.batch = 0;
        assertThatExceptionOfType(StoreAway.class).isThrownBy(() -> places.numbered(Set.of("a.1")));
        assertThat(meters.get("store.failures").tag("store", "dynamodb").counter().count()).isEqualTo(1);
    }

    @Test
    void endsWhenItIsInterrupted() {
        client.batch = 0;
        Thread.currentThread().interrupt();
        assertThatExceptionOfType(StoreAway.class).isThrownBy(() -> places.number(Map.of("a.1", 1L)));
        assertThat(Thread.interrupted()).isTrue();
    }
}
