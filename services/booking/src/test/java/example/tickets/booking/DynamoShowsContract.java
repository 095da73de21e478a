package example.tickets.booking;

import static example.tickets.booking.Dynamo.number;
import static example.tickets.booking.Dynamo.text;
import static org.assertj.core.api.Assertions.assertThat;

import java.text.Normalizer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** Shows in a table, which each test has of its own. */
abstract class DynamoShowsContract extends ShowsContract {

    private Settings.Tables tables;

    abstract DynamoDbClient client();

    private String table() {
        if (tables == null) {
            tables = Tables.create(client(), "shows-" + UUID.randomUUID());
        }
        return tables.shows();
    }

    @Override
    final Shows shows(List<Show> samples) {
        return new DynamoShows(new Dynamo(client(), new StoreFailures(new SimpleMeterRegistry())), table(), samples);
    }

    private void put(Map<String, AttributeValue> change, String... without) {
        Map<String, AttributeValue> item = new HashMap<>(Map.of(
                "id", text("z-early"),
                "title", text("Changed"),
                "venue", text("Sejong Center"),
                "startsAt", text("2027-12-03T08:00Z"),
                "rows", number(2),
                "seatsPerRow", number(3)));
        item.putAll(change);
        item.keySet().removeAll(List.of(without));
        client().putItem(request -> request.tableName(table()).item(item));
    }

    private void remove(String... ids) {
        for (String id : ids) {
            client().deleteItem(request -> request.tableName(table()).key(Map.of("id", text(id))));
        }
    }

    @Test
    void addsSamplesAtTheFirstStartOnly() {
        List<Show> samples = List.of(EARLY, LATE);
        Shows first = shows(samples);
        assertThat(first.all(NOW)).isEqualTo(samples);
        remove(EARLY.id());
        assertThat(first.all(NOW.plusSeconds(10))).containsExactly(LATE);
        assertThat(shows(samples).all(NOW)).containsExactly(LATE);
        remove(LATE.id());
        assertThat(first.all(NOW.plusSeconds(20))).isEmpty();
        assertThat(shows(samples).all(NOW)).isEmpty();
    }

    @Test
    void addsNoSamplesWhereThereAreShowsOfBefore() {
        put(Map.of());
        List<Show> samples = List.of(EARLY, LATE);
        assertThat(shows(samples).all(NOW)).extracting(Show::title).containsExactly("Changed");
        remove("z-early");
        assertThat(shows(samples).all(NOW)).isEmpty();
    }

    @Test
    void goesOnWithSamplesWhereAnotherOneEnded() {
        // It had written no more than this.
        client().putItem(request -> request.tableName(table()).item(Map.of("id", text(".samples"), "samples", text("begun"))));
        put(Map.of());
        assertThat(shows(List.of(EARLY, LATE)).all(NOW)).extracting(Show::title).containsExactly("Changed", LATE.title());
    }

    @Test
    void composesWhatPeopleTyped() {
        put(Map.of("title", text(Normalizer.normalize("호두까기 인형", Normalizer.Form.NFD))));
        assertThat(shows(List.of()).all(NOW)).extracting(Show::title).containsExactly("호두까기 인형");
    }

    @Test
    void readsMoreThanAPage() {
        List<Show> many = IntStream.range(0, 20)
                .mapToObj(n -> show("show-%02d".formatted(n), "2027-12-03T08:00:00Z", null))
                .toList();
        assertThat(shows(many).all(NOW)).isEqualTo(many);
    }

    @Test
    void readsTheTableOnceInTenSeconds() {
        Shows shows = shows(List.of(LATE));
        assertThat(shows.all(NOW)).hasSize(1);
        put(Map.of("admitPerSecond", number(5), "admitWindow", number(50)));
        assertThat(shows.all(NOW.plusMillis(9_999))).hasSize(1);
        assertThat(shows.all(NOW.plusSeconds(10)).get(0).queue()).isEqualTo(new Show.Queue(5, 50));
    }

    @Test
    void passesOverWhatIsNoShow() {
        assertThat(shows(List.of(LATE)).all(NOW)).containsExactly(LATE);
        put(Map.of("id", text("no-title")), "title");
        put(Map.of("id", text("No Id")));
        put(Map.of("id", text("no-time"), "startsAt", text("soon")));
        put(Map.of("id", text("no-rows"), "rows", number(0)));
        put(Map.of("id", text("no-number"), "rows", text("2")));
        put(Map.of("id", text("no-window"), "admitPerSecond", number(1)));
        assertThat(shows(List.of()).all(NOW)).containsExactly(LATE);
    }
}
