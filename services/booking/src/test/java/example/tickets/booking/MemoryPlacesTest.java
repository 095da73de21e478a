package example.tickets.booking;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;

import org.junit.jupiter.api.Test;

class MemoryPlacesTest extends PlacesContract {

    private final MemoryPlaces places = new MemoryPlaces();

    @Override
    Places places() {
        return places;
    }

    @Test
    void knowsHowManyPlacesThereAre() {
        places.number(Map.of("a.1", 1L, "b.1", 1L));
        assertThat(places.size()).isEqualTo(2);
    }
}
