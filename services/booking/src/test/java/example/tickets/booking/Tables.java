package example.tickets.booking;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeDefinition;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.CreateTableRequest;
import software.amazon.awssdk.services.dynamodb.model.GlobalSecondaryIndex;
import software.amazon.awssdk.services.dynamodb.model.KeySchemaElement;
import software.amazon.awssdk.services.dynamodb.model.KeyType;
import software.amazon.awssdk.services.dynamodb.model.ProjectionType;
import software.amazon.awssdk.services.dynamodb.model.ScalarAttributeType;

/** The tables of the service, as the platform makes them, with a prefix of a test's own. */
final class Tables {

    private Tables() {}

    /** Makes them, and gives their names. */
    static Settings.Tables create(DynamoDbClient client, String prefix) {
        Settings.Tables tables = new Settings.Tables(
                prefix + "-booking-shows", prefix + "-booking-seats", prefix + "-booking-places", prefix + "-booking-sales");
        client.createTable(table(tables.shows(), List.of("id")));
        client.createTable(table(
                tables.seats(),
                List.of("show", "seat"),
                index("pending", "pending", "bookedAt"),
                index("booked", "bookedDay", "bookedAt")));
        client.createTable(table(tables.places(), List.of("pk", "sk")));
        client.createTable(table(tables.sales(), List.of("id")));
        return tables;
    }

    private static CreateTableRequest table(String name, List<String> key, GlobalSecondaryIndex... indexes) {
        List<AttributeDefinition> attributes = Stream.concat(
                        key.stream(),
                        Arrays.stream(indexes)
                                .flatMap(index -> index.keySchema().stream().map(KeySchemaElement::attributeName)))
                .distinct()
                .map(attribute -> AttributeDefinition.builder()
                        .attributeName(attribute)
                        .attributeType(ScalarAttributeType.S)
                        .build())
                .toList();
        CreateTableRequest.Builder request = CreateTableRequest.builder()
                .tableName(name)
                .keySchema(schema(key))
                .attributeDefinitions(attributes)
                .billingMode(BillingMode.PAY_PER_REQUEST);
        if (indexes.length > 0) {
            request.globalSecondaryIndexes(indexes);
        }
        return request.build();
    }

    private static GlobalSecondaryIndex index(String name, String... key) {
        return GlobalSecondaryIndex.builder()
                .indexName(name)
                .keySchema(schema(List.of(key)))
                .projection(projection -> projection.projectionType(ProjectionType.ALL))
                .build();
    }

    private static List<KeySchemaElement> schema(List<String> key) {
        List<KeySchemaElement> schema = new ArrayList<>();
        for (String attribute : key) {
            schema.add(KeySchemaElement.builder()
                    .attributeName(attribute)
                    .keyType(schema.isEmpty() ? KeyType.HASH : KeyType.RANGE)
                    .build());
        }
        return schema;
    }
}
