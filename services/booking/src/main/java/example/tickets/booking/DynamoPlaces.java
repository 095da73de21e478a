package example.tickets.booking;

import static example.tickets.booking.Dynamo.text;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.ConditionalCheckFailedException;
import software.amazon.awssdk.services.dynamodb.model.KeysAndAttributes;
import software.amazon.awssdk.services.dynamodb.model.ProvisionedThroughputExceededException;
import software.amazon.awssdk.services.dynamodb.model.PutRequest;
import software.amazon.awssdk.services.dynamodb.model.ReturnValue;
import software.amazon.awssdk.services.dynamodb.model.WriteRequest;

/**
 * Queues in DynamoDB, in one table: places by id, heads and gates by show, and who is in by show and place. A partition bears a thousand writes a
 * second: heads are written twice for each batch of joins, and who is in no faster than people are let in.
 */
final class DynamoPlaces implements Places {

    /** What DynamoDB takes in one call. */
    private static final int WRITES = 25;
    private static final int READS = 100;
    /** How often what DynamoDB left out of a batch is asked for again, each time after a longer pause. */
    private static final int ROUNDS = 6;
    private static final Duration PAUSE = Duration.ofMillis(25);

    private final Dynamo dynamo;
    private final String table;
    private final Duration pause;

    DynamoPlaces(Dynamo dynamo, String table) {
        this(dynamo, table, PAUSE);
    }

    DynamoPlaces(Dynamo dynamo, String table, Duration pause) {
        this.dynamo = dynamo;
        this.table = table;
        this.pause = pause;
    }

    @Override
    public Head head(String show) {
        Map<String, AttributeValue> item = item(ofShow(show, "head"), true);
        if (item.isEmpty()) {
            return Head.NONE;
        }
        return new Head(
                longOf(item, "version"),
                longOf(item, "next"),
                item.get("region").s(),
                Instant.ofEpochMilli(longOf(item, "at")),
                longOf(item, "gap"),
                item.get("offsets").m().entrySet().stream()
                        .collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, entry -> Long.valueOf(entry.getValue().n()))),
                // A head that was written before there was this has none.
                item.getOrDefault("begun", AttributeValue.fromL(List.of())).l().stream().map(AttributeValue::s).toList());
    }

    @Override
    public boolean replace(String show, Head head) {
        Map<String, AttributeValue> item = new HashMap<>(ofShow(show, "head"));
        item.put("next", Dynamo.number(head.next()));
        item.put("region", text(head.region()));
        item.put("at", Dynamo.number(head.at().toEpochMilli()));
        item.put("gap", Dynamo.number(head.gap()));
        item.put(
                "offsets",
                AttributeValue.fromM(head.offsets().entrySet().stream()
                        .collect(Collectors.toMap(Map.Entry::getKey, entry -> Dynamo.number(entry.getValue())))));
        item.put("begun", AttributeValue.fromL(head.begun().stream().map(Dynamo::text).toList()));
        return replace(item, head.version());
    }

    @Override
    public Gate gate(String show) {
        Map<String, AttributeValue> item = item(ofShow(show, "gate"), true);
        if (item.isEmpty()) {
            return Gate.SHUT;
        }
        return new Gate(
                longOf(item, "version"),
                item.get("region").s(),
                longOf(item, "admitted"),
                Instant.ofEpochMilli(longOf(item, "earned")),
                longOf(item, "out"),
                longOf(item, "known"),
                longOf(item, "mark"),
                Instant.ofEpochMilli(longOf(item, "markedAt")));
    }

    @Override
    public boolean replace(String show, Gate gate) {
        Map<String, AttributeValue> item = new HashMap<>(ofShow(show, "gate"));
        item.put("region", text(gate.region()));
        item.put("admitted", Dynamo.number(gate.admitted()));
        item.put("earned", Dynamo.number(gate.earned().toEpochMilli()));
        item.put("out", Dynamo.number(gate.out()));
        item.put("known", Dynamo.number(gate.known()));
        item.put("mark", Dynamo.number(gate.mark()));
        item.put("markedAt", Dynamo.number(gate.markedAt().toEpochMilli()));
        return replace(item, gate.version());
    }

    private boolean replace(Map<String, AttributeValue> item, long version) {
        item.put("version", Dynamo.number(version));
        try {
            dynamo.ask(client -> client.putItem(request -> {
                request.tableName(table).item(item);
                if (version == 1) {
                    request.conditionExpression("attribute_not_exists(pk)");
                } else {
                    request.conditionExpression("#version = :seen")
                            .expressionAttributeNames(Map.of("#version", "version"))
                            .expressionAttributeValues(Map.of(":seen", Dynamo.number(version - 1)));
                }
            }));
            return true;
        } catch (ConditionalCheckFailedException e) {
            return false;
        }
    }

    @Override
    public void number(Map<String, Long> places) {
        List<WriteRequest> writes = new ArrayList<>();
        places.forEach((id, place) -> {
            Map<String, AttributeValue> item = new HashMap<>(ofPlace(id));
            item.put("place", Dynamo.number(place));
            writes.add(WriteRequest.builder()
                    .putRequest(PutRequest.builder().item(item).build())
                    .build());
        });
        for (List<WriteRequest> some : parts(writes, WRITES)) {
            repeat(some, left -> dynamo.ask(client -> client.batchWriteItem(
                                    request -> request.requestItems(Map.of(table, left)))
                            .unprocessedItems())
                    .getOrDefault(table, List.of()));
        }
    }

    @Override
    public Map<String, Long> numbered(Collection<String> ids) {
        Map<String, Long> found = new HashMap<>();
        List<Map<String, AttributeValue>> keys = ids.stream().map(DynamoPlaces::ofPlace).toList();
        for (List<Map<String, AttributeValue>> some : parts(keys, READS)) {
            repeat(some, left -> {
                var answer = dynamo.ask(client -> client.batchGetItem(request -> request.requestItems(Map.of(
                        table, KeysAndAttributes.builder().keys(left).consistentRead(true).build()))));
                answer.responses()
                        .getOrDefault(table, List.of())
                        .forEach(item -> found.put(item.get("pk").s(), longOf(item, "place")));
                KeysAndAttributes rest = answer.unprocessedKeys().get(table);
                return rest == null ? List.of() : rest.keys();
            });
        }
        return found;
    }

    @Override
    public Optional<Long> place(String id) {
        Map<String, AttributeValue> item = item(ofPlace(id), false);
        return item.isEmpty() ? Optional.empty() : Optional.of(longOf(item, "place"));
    }

    @Override
    public Issued issue(String show, long place, Instant until) {
        // Each replica asks once for each person, and so does one that begins. A read costs less than a write, also one that changes nothing, and
        // all of a show write to one partition. If it is behind, the write finds what is there.
        Map<String, AttributeValue> there = item(ofIssued(show, place), false);
        if (!there.isEmpty()) {
            return issued(there);
        }
        return issued(dynamo.ask(client -> client.updateItem(update -> update.tableName(table)
                        .key(ofIssued(show, place))
                        .updateExpression("SET #until = if_not_exists(#until, :until)")
                        .expressionAttributeNames(Map.of("#until", "until"))
                        .expressionAttributeValues(Map.of(":until", Dynamo.number(until.toEpochMilli())))
                        .returnValues(ReturnValue.ALL_NEW))
                .attributes()));
    }

    @Override
    public List<Issued> issued(String show, long above, long last) {
        if (above >= last) {
            return List.of();
        }
        return dynamo.ask(client -> client.queryPaginator(request -> request.tableName(table)
                        .keyConditionExpression("pk = :pk AND sk BETWEEN :first AND :last")
                        .expressionAttributeValues(Map.of(
                                ":pk", ofIssued(show, last).get("pk"),
                                ":first", ofIssued(show, above + 1).get("sk"),
                                ":last", ofIssued(show, last).get("sk"))))
                .items()
                .stream()
                .map(DynamoPlaces::issued)
                .toList());
    }

    @Override
    public void booked(String show, long place) {
        try {
            dynamo.ask(client -> client.updateItem(update -> update.tableName(table)
                    .key(ofIssued(show, place))
                    .updateExpression("SET booked = :yes")
                    .conditionExpression("attribute_exists(pk)")
                    .expressionAttributeValues(Map.of(":yes", AttributeValue.fromBool(true)))));
        } catch (ConditionalCheckFailedException e) {
            // Nobody knows of it.
        }
    }

    private Map<String, AttributeValue> item(Map<String, AttributeValue> key, boolean consistent) {
        return dynamo.ask(client -> client.getItem(
                        request -> request.tableName(table).key(key).consistentRead(consistent))
                .item());
    }

    private static Issued issued(Map<String, AttributeValue> item) {
        return new Issued(
                Long.parseLong(item.get("sk").s()),
                Instant.ofEpochMilli(longOf(item, "until")),
                item.containsKey("booked"));
    }

    // Ids of places have a dot, and shows have neither that nor a number sign: no key is another's.

    private static Map<String, AttributeValue> ofPlace(String id) {
        return Map.of("pk", text(id), "sk", text("place"));
    }

    private static Map<String, AttributeValue> ofShow(String show, String what) {
        return Map.of("pk", text("show#" + show), "sk", text(what));
    }

    private static Map<String, AttributeValue> ofIssued(String show, long place) {
        // Of one width: they sort as text.
        return Map.of("pk", text("in#" + show), "sk", text("%012d".formatted(place)));
    }

    private static long longOf(Map<String, AttributeValue> item, String name) {
        return Long.parseLong(item.get(name).n());
    }

    private static <T> List<List<T>> parts(List<T> all, int size) {
        List<List<T>> parts = new ArrayList<>();
        for (int from = 0; from < all.size(); from += size) {
            parts.add(all.subList(from, Math.min(from + size, all.size())));
        }
        return parts;
    }

    /** Asks until nothing is left: DynamoDB may do a part of a batch, when it is asked for too much. */
    private <T> void repeat(List<T> all, UnaryOperator<List<T>> ask) {
        List<T> left = ask.apply(all);
        for (int round = 0; !left.isEmpty(); round++) {
            if (round == ROUNDS) {
                throw dynamo.away(ProvisionedThroughputExceededException.builder().message("left out of a batch").build());
            }
            try {
                Thread.sleep(pause.toMillis() << round);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw dynamo.away(e);
            }
            left = ask.apply(left);
        }
    }
}
