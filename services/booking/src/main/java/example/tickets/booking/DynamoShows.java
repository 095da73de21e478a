package example.tickets.booking;

import static example.tickets.booking.Dynamo.number;
import static example.tickets.booking.Dynamo.text;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.ConditionalCheckFailedException;

/** Shows in DynamoDB: few, so the table is read as a whole, and not for each request. What is given as samples is added if it is not there. */
final class DynamoShows implements Shows {

    private static final Logger log = LoggerFactory.getLogger(DynamoShows.class);
    private static final Duration AGE = Duration.ofSeconds(10);
    private static final String ALL = "all";

    private final Dynamo dynamo;
    private final String table;
    private final List<Show> samples;
    private final Cached<String, List<Show>> shows = new Cached<>(AGE, all -> read());

    DynamoShows(Dynamo dynamo, String table, List<Show> samples) {
        this.dynamo = dynamo;
        this.table = table;
        this.samples = samples;
    }

    @Override
    public List<Show> all(Instant now) {
        return shows.get(ALL, now);
    }

    private List<Show> read() {
        Map<String, Optional<Show>> found = scan();
        Set<String> there = found.keySet();
        List<Show> missing = samples.stream().filter(show -> !there.contains(show.id())).toList();
        if (!missing.isEmpty()) {
            missing.forEach(this::add);
            found = scan();
        }
        return found.values().stream().flatMap(Optional::stream).sorted(Show.ORDER).toList();
    }

    private Map<String, Optional<Show>> scan() {
        return dynamo.ask(client -> client.scanPaginator(request -> request.tableName(table).consistentRead(true)).items().stream()
                .collect(Collectors.toMap(item -> item.get("id").s(), DynamoShows::show)));
    }

    private void add(Show show) {
        Map<String, AttributeValue> item = new HashMap<>(Map.of(
                "id", text(show.id()),
                "title", text(show.title()),
                "venue", text(show.venue()),
                "startsAt", text(show.startsAt().toString()),
                "rows", number(show.rows()),
                "seatsPerRow", number(show.seatsPerRow())));
        if (show.hasQueue()) {
            item.put("admitPerSecond", number(show.queue().perSecond()));
            item.put("admitWindow", number(show.queue().window()));
        }
        try {
            dynamo.ask(client -> client.putItem(
                    request -> request.tableName(table).item(item).conditionExpression("attribute_not_exists(id)")));
        } catch (ConditionalCheckFailedException e) {
            // Another replica was faster.
        }
    }

    /** Nothing for an item that is no show: one mistake in the table must not take all other shows away. */
    private static Optional<Show> show(Map<String, AttributeValue> item) {
        try {
            return Optional.of(new Show(
                    item.get("id").s(),
                    textOf(item, "title"),
                    textOf(item, "venue"),
                    OffsetDateTime.parse(textOf(item, "startsAt")),
                    numberOf(item, "rows"),
                    numberOf(item, "seatsPerRow"),
                    item.containsKey("admitPerSecond")
                            ? new Show.Queue(numberOf(item, "admitPerSecond"), numberOf(item, "admitWindow"))
                            : null));
        } catch (IllegalArgumentException | DateTimeException e) {
            log.atError()
                    .addKeyValue("show", item.get("id").s())
                    .addKeyValue("reason", e.getMessage())
                    .log("not a show");
            return Optional.empty();
        }
    }

    private static String textOf(Map<String, AttributeValue> item, String name) {
        return Optional.ofNullable(item.get(name))
                .map(AttributeValue::s)
                .orElseThrow(() -> new IllegalArgumentException(name + ": is no text"));
    }

    private static int numberOf(Map<String, AttributeValue> item, String name) {
        return Optional.ofNullable(item.get(name))
                .map(AttributeValue::n)
                .map(Integer::valueOf)
                .orElseThrow(() -> new IllegalArgumentException(name + ": is no number"));
    }
}
