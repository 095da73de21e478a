package example.tickets.booking;

import static example.tickets.booking.Dynamo.number;
import static example.tickets.booking.Dynamo.text;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.ConditionalCheckFailedException;
import software.amazon.awssdk.services.dynamodb.model.ReturnValuesOnConditionCheckFailure;

/**
 * Holds and bookings in DynamoDB, one item a seat. Hold and booking are one conditional write each: no transaction, whose items a global table
 * copies one by one. The booking's own write also puts it into the outbox.
 */
final class DynamoBookings implements Bookings, Outbox {

    private static final Logger log = LoggerFactory.getLogger(DynamoBookings.class);
    private static final Duration AGE = Duration.ofSeconds(1);
    /** How many bookings the sweep takes at once. */
    private static final int SOME = 1000;

    /** A seat's item, which is there once somebody has asked for the seat. */
    private record Seat(Map<String, AttributeValue> item) {

        Optional<Booking> booking() {
            return Optional.ofNullable(item.get("booking"))
                    .map(id -> new Booking(
                            id.s(),
                            item.get("holdId").s(),
                            item.get("show").s(),
                            item.get("seat").s(),
                            item.get("holder").s(),
                            Instant.parse(item.get("bookedAt").s())));
        }

        Hold hold() {
            return new Hold(
                    item.get("holdId").s(),
                    item.get("show").s(),
                    item.get("seat").s(),
                    item.get("holder").s(),
                    Instant.ofEpochMilli(Long.parseLong(item.get("expiresAt").n())));
        }

        boolean isOf(String holder) {
            // It may have been written before names were composed.
            return Fields.composed(item.get("holder").s()).equals(holder);
        }

        SeatState state(Instant now) {
            if (item.containsKey("booking")) {
                return SeatState.BOOKED;
            }
            return hold().bars(now) ? SeatState.HELD : SeatState.FREE;
        }

        Sale sale() {
            return new Sale(booking().orElseThrow(), item.get("requestId").s());
        }
    }

    private final Set<String> unreadable = ConcurrentHashMap.newKeySet();
    private final Dynamo dynamo;
    private final String table;
    private final String region;
    private final Sales sales;
    private final Cached<String, List<Seat>> seats = new Cached<>(AGE, this::seatsOf);

    /**
     * @param region where this runs: bookings are announced from the region that they were made in
     * @param sales  where bookings are that a seat has lost
     */
    DynamoBookings(Dynamo dynamo, String table, String region, Sales sales) {
        this.dynamo = dynamo;
        this.table = table;
        this.region = region;
        this.sales = sales;
    }

    @Override
    public Kept<Hold> hold(Hold wanted, Instant now) {
        try {
            dynamo.ask(client -> client.putItem(request -> request.tableName(table)
                    .item(Map.of(
                            "show", text(wanted.show()),
                            "seat", text(wanted.seat()),
                            "holdId", text(wanted.id()),
                            "holder", text(wanted.holder()),
                            "expiresAt", number(wanted.expiresAt().toEpochMilli())))
                    .conditionExpression("attribute_not_exists(booking) AND (attribute_not_exists(holdId)"
                            + " OR expiresAt <= :free OR (holder = :holder AND expiresAt <= :now))")
                    .expressionAttributeValues(Map.of(
                            ":free", number(now.minus(Hold.GRACE).toEpochMilli()),
                            ":now", number(now.toEpochMilli()),
                            ":holder", text(wanted.holder())))
                    .returnValuesOnConditionCheckFailure(ReturnValuesOnConditionCheckFailure.ALL_OLD)));
            return new Kept<>(wanted, true);
        } catch (ConditionalCheckFailedException e) {
            // It was there a moment ago; if it is not now, the request is to be repeated.
            Seat seat = seat(e, wanted.show(), wanted.seat()).orElseThrow(() -> dynamo.away(e));
            if (seat.isOf(wanted.holder())) {
                // By this very call, if an answer was lost and the SDK asked again.
                return new Kept<>(seat.hold(), seat.hold().equals(wanted));
            }
            throw new Refusal(
                    Refusal.Reason.CONFLICT,
                    seat.booking().isPresent() ? "seat: is booked" : "seat: is held by somebody else");
        }
    }

    @Override
    public Kept<Booking> book(String hold, String holder, String id, Instant now, String request) {
        SeatId seatId = SeatId.of(hold).orElseThrow(DynamoBookings::noSuchHold);
        Booking wanted = new Booking(id, hold, seatId.show(), seatId.seat(), holder, now.truncatedTo(ChronoUnit.MILLIS));
        try {
            dynamo.ask(client -> client.updateItem(update -> update.tableName(table)
                    .key(key(seatId.show(), seatId.seat()))
                    .updateExpression("SET booking = :booking, bookedAt = :at, bookedDay = :day, requestId = :request,"
                            + " pending = :region")
                    .conditionExpression(
                            "holdId = :hold AND holder = :holder AND attribute_not_exists(booking) AND expiresAt > :now")
                    .expressionAttributeValues(Map.of(
                            ":booking", text(id),
                            ":at", text(Timestamp.of(now)),
                            ":day", text(Timestamp.day(now)),
                            ":request", text(request),
                            ":region", text(region),
                            ":hold", text(hold),
                            ":holder", text(holder),
                            ":now", number(now.toEpochMilli())))
                    .returnValuesOnConditionCheckFailure(ReturnValuesOnConditionCheckFailure.ALL_OLD)));
            return new Kept<>(wanted, true);
        } catch (ConditionalCheckFailedException e) {
            Seat seat = seat(e, seatId.show(), seatId.seat())
                    .filter(found -> found.isOf(holder) && found.hold().id().equals(hold))
                    // One answer to both, so that nobody learns of the holds of others.
                    .orElseThrow(DynamoBookings::noSuchHold);
            Booking booking = seat.booking()
                    .orElseThrow(() -> new Refusal(Refusal.Reason.CONFLICT, "hold: has expired"));
            return new Kept<>(booking, booking.id().equals(id));
        }
    }

    @Override
    public Optional<Booking> find(String id) {
        return SeatId.of(id).flatMap(seatId -> seat(seatId.show(), seatId.seat())
                .flatMap(Seat::booking)
                .filter(booking -> booking.id().equals(id))
                .or(() -> sales.find(id)));
    }

    @Override
    public Map<String, SeatState> taken(String show, Instant now) {
        Map<String, SeatState> taken = new HashMap<>();
        for (Seat seat : seats.get(show, now)) {
            SeatState state = seat.state(now);
            if (state != SeatState.FREE) {
                taken.put(seat.item().get("seat").s(), state);
            }
        }
        return taken;
    }

    @Override
    public List<Sale> pending(Instant before) {
        return dynamo.ask(client -> client.query(request -> request.tableName(table)
                        .indexName("pending")
                        .keyConditionExpression("pending = :region AND bookedAt < :before")
                        .expressionAttributeValues(
                                Map.of(":region", text(region), ":before", text(Timestamp.of(before))))
                        .limit(SOME))
                .items()
                .stream()
                .flatMap(item -> sale(item).stream())
                .toList());
    }

    @Override
    public void told(Booking booking) {
        try {
            dynamo.ask(client -> client.updateItem(update -> update.tableName(table)
                    .key(key(booking.show(), booking.seat()))
                    .updateExpression("REMOVE pending")
                    .conditionExpression("booking = :booking")
                    .expressionAttributeValues(Map.of(":booking", text(booking.id())))));
        } catch (ConditionalCheckFailedException e) {
            // The seat has lost this booking; what it has now is another one's matter.
        }
    }

    @Override
    public Stream<Sale> since(Instant since, Instant now) {
        // One day more than there are: the last ones may have been booked by a clock that is ahead.
        long days = ChronoUnit.DAYS.between(since.truncatedTo(ChronoUnit.DAYS), now.truncatedTo(ChronoUnit.DAYS)) + 1;
        return Stream.iterate(since, day -> day.plus(1, ChronoUnit.DAYS))
                .limit(days + 1)
                .map(Timestamp::day)
                .flatMap(day -> dynamo.ask(client -> client.queryPaginator(request -> request.tableName(table)
                                .indexName("booked")
                                .keyConditionExpression("bookedDay = :day AND bookedAt >= :since")
                                .expressionAttributeValues(
                                        Map.of(":day", text(day), ":since", text(Timestamp.of(since)))))
                        .items()
                        .stream()
                        .flatMap(item -> sale(item).stream())
                        // In here, where a page that does not come is caught.
                        .toList()
                        .stream()));
    }

    /** Nothing for an item that is no sale: one mistake in the table must not keep all other bookings from being announced. It is logged once. */
    private Optional<Sale> sale(Map<String, AttributeValue> item) {
        try {
            return Optional.of(new Seat(item).sale());
        } catch (NullPointerException | NoSuchElementException | DateTimeException e) {
            String key = item.get("show").s() + " " + item.get("seat").s();
            if (unreadable.size() < SOME && unreadable.add(key)) {
                log.atError().addKeyValue("seat", key).addKeyValue("reason", e.getClass().getSimpleName()).log("not a booking");
            }
            return Optional.empty();
        }
    }

    private List<Seat> seatsOf(String show) {
        return dynamo.ask(client -> client.queryPaginator(request -> request.tableName(table)
                        .keyConditionExpression("#show = :show")
                        .expressionAttributeNames(Map.of("#show", "show"))
                        .expressionAttributeValues(Map.of(":show", text(show))))
                .items()
                .stream()
                .map(Seat::new)
                .toList());
    }

    /** The item that a condition failed on, which comes with the failure, but for the engines that do not give it. */
    private Optional<Seat> seat(ConditionalCheckFailedException e, String show, String seat) {
        return e.hasItem() && !e.item().isEmpty() ? Optional.of(new Seat(e.item())) : seat(show, seat);
    }

    private Optional<Seat> seat(String show, String seat) {
        Map<String, AttributeValue> item = dynamo.ask(client -> client.getItem(
                        request -> request.tableName(table).key(key(show, seat)).consistentRead(true))
                .item());
        return item.isEmpty() ? Optional.empty() : Optional.of(new Seat(item));
    }

    private static Map<String, AttributeValue> key(String show, String seat) {
        return Map.of("show", text(show), "seat", text(seat));
    }

    private static Refusal noSuchHold() {
        return new Refusal(Refusal.Reason.NOT_FOUND, "hold: this holder has no such hold");
    }
}
