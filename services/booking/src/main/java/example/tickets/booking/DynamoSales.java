package example.tickets.booking;

import static example.tickets.booking.Dynamo.text;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;

import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** Sales in DynamoDB. */
final class DynamoSales implements Sales {

    private final Dynamo dynamo;
    private final String table;

    DynamoSales(Dynamo dynamo, String table) {
        this.dynamo = dynamo;
        this.table = table;
    }

    @Override
    public void put(Sale sale) {
        Booking booking = sale.booking();
        // Without a condition: whoever repeats it has the same values.
        dynamo.ask(client -> client.putItem(request -> request.tableName(table)
                .item(Map.of(
                        "id", text(booking.id()),
                        "hold", text(booking.hold()),
                        "show", text(booking.show()),
                        "seat", text(booking.seat()),
                        "holder", text(booking.holder()),
                        "bookedAt", text(Timestamp.of(booking.bookedAt())),
                        "requestId", text(sale.request())))));
    }

    @Override
    public Optional<Booking> find(String id) {
        Map<String, AttributeValue> item = dynamo.ask(client ->
                client.getItem(request -> request.tableName(table).key(Map.of("id", text(id)))).item());
        return item.isEmpty()
                ? Optional.empty()
                : Optional.of(new Booking(
                        id,
                        item.get("hold").s(),
                        item.get("show").s(),
                        item.get("seat").s(),
                        item.get("holder").s(),
                        Instant.parse(item.get("bookedAt").s())));
    }
}
