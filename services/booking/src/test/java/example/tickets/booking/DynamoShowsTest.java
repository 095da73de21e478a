package example.tickets.booking;

import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

class DynamoShowsTest extends DynamoShowsContract {

    private final FakeDynamo client = new FakeDynamo();

    @Override
    DynamoDbClient client() {
        return client;
    }
}
