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

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.ConditionalCheckFailedException;

/** Shows in DynamoDB: few, so the table is read as a whole, and not for each request. Samples are for the first start. */
final class DynamoShows implements Shows {

    private static final Logger log = LoggerFactory.getLogger(DynamoShows.class);
    private static final Duration AGE = Duration.ofSeconds(10);
    private static final String ALL = "all";
    /** The item that says whether the samples were added. No show has such an id. */
    private static final String MARK = ".samples";
    private static final String BEGUN = "begun";
    private static final String DONE = "done";

    private final Dynamo dynamo;
    private final String table;
    private final List<Show> samples;
    private volatile boolean begun;
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
        List<Map<String, AttributeValue>> items = scan();
        if (!begun) {
            begin(items);
            items = scan();
            begun = true;
        }
        return items.stream()
                .filter(item -> !isMark(item))
                .flatMap(item -> show(item).stream())
                .sorted(Show.ORDER)
                .toList();
    }

    /** The samples are for a table that never had a show: what somebody took off sale stays off. */
    private void begin(List<Map<String, AttributeValue>> items) {
        Optional<Map<String, AttributeValue>> mark = items.stream().filter(DynamoShows::isMark).findFirst();
        boolean done = mark.map(item -> item.get("samples").s().equals(DONE)).orElse(!items.isEmpty());
        if (!done) {
            // First, so that one that ends in the middle is known, and the next one goes on.
            mark(BEGUN);
            samples.forEach(this::add);
        }
        if (!done || mark.isEmpty()) {
            mark(DONE);
        }
    }

    private static boolean isMark(Map<String, AttributeValue> item) {
        return item.get("id").s().equals(MARK);
    }

    private void mark(String state) {
        dynamo.ask(client -> client.putItem(
                request -> request.tableName(table).item(Map.of("id", text(MARK), "samples", text(state)))));
    }

    private List<Map<String, AttributeValue>> scan() {
        return dynamo.ask(client -> client.scanPaginator(request -> request.tableName(table).consistentRead(true)).items().stream()
                .toList());
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
