package example.tickets.booking;

import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

class DynamoBookingsTest extends DynamoBookingsContract {

    private final FakeDynamo client = new FakeDynamo();
    private final Settings.Tables tables = Tables.create(client, "test");

    @Override
    DynamoDbClient client() {
        return client;
    }

    @Override
    Settings.Tables tables() {
        return tables;
    }
}
