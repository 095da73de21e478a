package example.tickets.booking;

import java.math.BigDecimal;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.BatchGetItemRequest;
import software.amazon.awssdk.services.dynamodb.model.BatchGetItemResponse;
import software.amazon.awssdk.services.dynamodb.model.BatchWriteItemRequest;
import software.amazon.awssdk.services.dynamodb.model.BatchWriteItemResponse;
import software.amazon.awssdk.services.dynamodb.model.ConditionalCheckFailedException;
import software.amazon.awssdk.services.dynamodb.model.CreateTableRequest;
import software.amazon.awssdk.services.dynamodb.model.CreateTableResponse;
import software.amazon.awssdk.services.dynamodb.model.DeleteItemRequest;
import software.amazon.awssdk.services.dynamodb.model.DeleteItemResponse;
import software.amazon.awssdk.services.dynamodb.model.GetItemRequest;
import software.amazon.awssdk.services.dynamodb.model.GetItemResponse;
import software.amazon.awssdk.services.dynamodb.model.KeySchemaElement;
import software.amazon.awssdk.services.dynamodb.model.KeysAndAttributes;
import software.amazon.awssdk.services.dynamodb.model.PutItemRequest;
import software.amazon.awssdk.services.dynamodb.model.PutItemResponse;
import software.amazon.awssdk.services.dynamodb.model.QueryRequest;
import software.amazon.awssdk.services.dynamodb.model.QueryResponse;
import software.amazon.awssdk.services.dynamodb.model.ReturnValuesOnConditionCheckFailure;
import software.amazon.awssdk.services.dynamodb.model.ScanRequest;
import software.amazon.awssdk.services.dynamodb.model.ScanResponse;
import software.amazon.awssdk.services.dynamodb.model.UpdateItemRequest;
import software.amazon.awssdk.services.dynamodb.model.UpdateItemResponse;
import software.amazon.awssdk.services.dynamodb.model.WriteRequest;

/** As much of DynamoDB as the service uses, in this process. What it does not know, it does not pretend to know: it throws. */
final class FakeDynamo implements DynamoDbClient {

    private record Table(CreateTableRequest definition, Map<List<AttributeValue>, Map<String, AttributeValue>> items) {

        List<AttributeValue> key(Map<String, AttributeValue> of) {
            return definition.keySchema().stream().map(element -> of.get(element.attributeName())).toList();
        }
    }

    private final Map<String, Table> tables = new HashMap<>();

    /** Is told the name of each call before it is made, and may throw. */
    volatile Consumer<String> before = call -> {};

    /** Is told the name of each write after it was made, and may throw: then the answer is lost. */
    volatile Consumer<String> after = call -> {};

    /** Small, so that what is longer than a page is tested everywhere. */
    volatile int page = 7;

    /** How much of a batch is done. */
    volatile int batch = Integer.MAX_VALUE;

    @Override
    public String serviceName() {
        return SERVICE_NAME;
    }

    @Override
    public void close() {
        before.accept("close");
    }

    @Override
    public synchronized CreateTableResponse createTable(CreateTableRequest request) {
        tables.put(request.tableName(), new Table(request, new HashMap<>()));
        return CreateTableResponse.builder().build();
    }

    @Override
    public GetItemResponse getItem(GetItemRequest request) {
        before.accept("GetItem");
        synchronized (this) {
            Table table = tables.get(request.tableName());
            Map<String, AttributeValue> item = table.items().get(table.key(request.key()));
            return item == null
                    ? GetItemResponse.builder().build()
                    : GetItemResponse.builder().item(item).build();
        }
    }

    @Override
    public PutItemResponse putItem(PutItemRequest request) {
        before.accept("PutItem");
        synchronized (this) {
            Table table = tables.get(request.tableName());
            List<AttributeValue> key = table.key(request.item());
            check(
                    request.conditionExpression(),
                    request.expressionAttributeNames(),
                    request.expressionAttributeValues(),
                    table.items().get(key),
                    request.returnValuesOnConditionCheckFailure());
            table.items().put(key, Map.copyOf(request.item()));
            after.accept("PutItem");
            return PutItemResponse.builder().build();
        }
    }

    /** Of tests: the service deletes nothing. */
    @Override
    public DeleteItemResponse deleteItem(DeleteItemRequest request) {
        synchronized (this) {
            Table table = tables.get(request.tableName());
            table.items().remove(table.key(request.key()));
            return DeleteItemResponse.builder().build();
        }
    }

    @Override
    public UpdateItemResponse updateItem(UpdateItemRequest request) {
        before.accept("UpdateItem");
        synchronized (this) {
            Table table = tables.get(request.tableName());
            List<AttributeValue> key = table.key(request.key());
            Map<String, AttributeValue> old = table.items().get(key);
            check(
                    request.conditionExpression(),
                    request.expressionAttributeNames(),
                    request.expressionAttributeValues(),
                    old,
                    request.returnValuesOnConditionCheckFailure());
            Map<String, AttributeValue> item = new HashMap<>(old == null ? request.key() : old);
            new Expression(
                            request.updateExpression(),
                            request.expressionAttributeNames(),
                            request.expressionAttributeValues(),
                            Map.copyOf(item))
                    .update(item);
            table.items().put(key, Map.copyOf(item));
            after.accept("UpdateItem");
            return UpdateItemResponse.builder().attributes(item).build();
        }
    }

    private static void check(
            String condition,
            Map<String, String> names,
            Map<String, AttributeValue> values,
            Map<String, AttributeValue> item,
            ReturnValuesOnConditionCheckFailure wanted) {
        if (condition == null
                || new Expression(condition, names, values, item == null ? Map.of() : item).isTrue()) {
            return;
        }
        ConditionalCheckFailedException.Builder failure =
                ConditionalCheckFailedException.builder().message("The conditional request failed");
        if (wanted == ReturnValuesOnConditionCheckFailure.ALL_OLD && item != null) {
            failure.item(item);
        }
        throw failure.build();
    }

    @Override
    public QueryResponse query(QueryRequest request) {
        before.accept("Query");
        synchronized (this) {
            Table table = tables.get(request.tableName());
            List<KeySchemaElement> schema = request.indexName() == null
                    ? table.definition().keySchema()
                    : table.definition().globalSecondaryIndexes().stream()
                            .filter(index -> index.indexName().equals(request.indexName()))
                            .findFirst()
                            .orElseThrow()
                            .keySchema();
            List<String> keys = schema.stream().map(KeySchemaElement::attributeName).toList();
            List<Map<String, AttributeValue>> found = table.items().values().stream()
                    .filter(item -> item.keySet().containsAll(keys))
                    .filter(item -> new Expression(
                                    request.keyConditionExpression(),
                                    request.expressionAttributeNames(),
                                    request.expressionAttributeValues(),
                                    item)
                            .isTrue())
                    .sorted(Comparator.<Map<String, AttributeValue>, String>comparing(
                                    item -> item.get(keys.get(keys.size() - 1)).s())
                            .thenComparing(item -> table.key(item).toString()))
                    .toList();
            int from = from(table, found, request.exclusiveStartKey());
            int size = request.limit() == null ? page : request.limit();
            QueryResponse.Builder answer =
                    QueryResponse.builder().items(found.subList(from, Math.min(from + size, found.size())));
            if (from + size < found.size()) {
                answer.lastEvaluatedKey(found.get(from + size - 1));
            }
            return answer.build();
        }
    }

    @Override
    public ScanResponse scan(ScanRequest request) {
        before.accept("Scan");
        synchronized (this) {
            Table table = tables.get(request.tableName());
            List<Map<String, AttributeValue>> found = table.items().values().stream()
                    .sorted(Comparator.comparing(item -> table.key(item).toString()))
                    .toList();
            int from = from(table, found, request.exclusiveStartKey());
            ScanResponse.Builder answer =
                    ScanResponse.builder().items(found.subList(from, Math.min(from + page, found.size())));
            if (from + page < found.size()) {
                answer.lastEvaluatedKey(found.get(from + page - 1));
            }
            return answer.build();
        }
    }

    private static int from(
            Table table, List<Map<String, AttributeValue>> found, Map<String, AttributeValue> exclusiveStart) {
        if (exclusiveStart == null || exclusiveStart.isEmpty()) {
            return 0;
        }
        return found.stream().map(table::key).toList().indexOf(table.key(exclusiveStart)) + 1;
    }

    @Override
    public BatchWriteItemResponse batchWriteItem(BatchWriteItemRequest request) {
        before.accept("BatchWriteItem");
        Map<String, List<WriteRequest>> left = new HashMap<>();
        request.requestItems().forEach((name, writes) -> {
            if (writes.isEmpty() || writes.size() > 25) {
                throw new IllegalArgumentException("%d writes in a batch".formatted(writes.size()));
            }
            int done = Math.min(batch, writes.size());
            for (WriteRequest write : writes.subList(0, done)) {
                synchronized (this) {
                    Table table = tables.get(name);
                    Map<String, AttributeValue> item = write.putRequest().item();
                    table.items().put(table.key(item), Map.copyOf(item));
                }
            }
            if (done < writes.size()) {
                left.put(name, writes.subList(done, writes.size()));
            }
        });
        return BatchWriteItemResponse.builder().unprocessedItems(left).build();
    }

    @Override
    public BatchGetItemResponse batchGetItem(BatchGetItemRequest request) {
        before.accept("BatchGetItem");
        Map<String, List<Map<String, AttributeValue>>> found = new HashMap<>();
        Map<String, KeysAndAttributes> left = new HashMap<>();
        request.requestItems().forEach((name, keys) -> {
            if (keys.keys().isEmpty() || keys.keys().size() > 100) {
                throw new IllegalArgumentException("%d keys in a batch".formatted(keys.keys().size()));
            }
            int done = Math.min(batch, keys.keys().size());
            synchronized (this) {
                Table table = tables.get(name);
                found.put(
                        name,
                        keys.keys().subList(0, done).stream()
                                .map(key -> table.items().get(table.key(key)))
                                .filter(item -> item != null)
                                .toList());
            }
            if (done < keys.keys().size()) {
                left.put(name, keys.toBuilder().keys(keys.keys().subList(done, keys.keys().size())).build());
            }
        });
        return BatchGetItemResponse.builder().responses(found).unprocessedKeys(left).build();
    }

    /** An expression of DynamoDB, over one item. */
    private static final class Expression {

        private static final Pattern TOKEN = Pattern.compile("\\s*([(),=]|<=|>=|<|>|[#:]?\\w+)");

        private final Deque<String> tokens = new ArrayDeque<>();
        private final Map<String, String> names;
        private final Map<String, AttributeValue> values;
        private final Map<String, AttributeValue> item;

        Expression(
                String text,
                Map<String, String> names,
                Map<String, AttributeValue> values,
                Map<String, AttributeValue> item) {
            Matcher matcher = TOKEN.matcher(text);
            int end = 0;
            while (matcher.find() && matcher.start() == end) {
                tokens.add(matcher.group(1));
                end = matcher.end();
            }
            if (end != text.length()) {
                throw new IllegalArgumentException("cannot read " + text.substring(end));
            }
            this.names = names;
            this.values = values;
            this.item = item;
        }

        boolean isTrue() {
            boolean value = or();
            if (!tokens.isEmpty()) {
                throw new IllegalArgumentException("cannot read " + tokens);
            }
            return value;
        }

        private boolean or() {
            boolean value = and();
            while (accept("OR")) {
                value |= and();
            }
            return value;
        }

        private boolean and() {
            boolean value = condition();
            while (accept("AND")) {
                value &= condition();
            }
            return value;
        }

        private boolean condition() {
            if (accept("(")) {
                boolean value = or();
                expect(")");
                return value;
            }
            if (accept("attribute_exists")) {
                return argument() != null;
            }
            if (accept("attribute_not_exists")) {
                return argument() == null;
            }
            AttributeValue left = operand();
            String operator = tokens.remove();
            AttributeValue right = operand();
            if (operator.equals("BETWEEN")) {
                expect("AND");
                return holds(left, ">=", right) & holds(left, "<=", operand());
            }
            return holds(left, operator, right);
        }

        private static boolean holds(AttributeValue left, String operator, AttributeValue right) {
            if (left == null || right == null || left.type() != right.type()) {
                return false;
            }
            int order = left.n() == null
                    ? left.s().compareTo(right.s())
                    : new BigDecimal(left.n()).compareTo(new BigDecimal(right.n()));
            return switch (operator) {
                case "=" -> order == 0;
                case "<" -> order < 0;
                case "<=" -> order <= 0;
                case ">" -> order > 0;
                case ">=" -> order >= 0;
                default -> throw new IllegalArgumentException("cannot read " + operator);
            };
        }

        void update(Map<String, AttributeValue> target) {
            while (!tokens.isEmpty()) {
                boolean set = accept("SET");
                if (!set) {
                    expect("REMOVE");
                }
                do {
                    String name = name();
                    if (set) {
                        expect("=");
                        target.put(name, value());
                    } else {
                        target.remove(name);
                    }
                } while (accept(","));
            }
        }

        private AttributeValue value() {
            if (!accept("if_not_exists")) {
                return operand();
            }
            expect("(");
            AttributeValue there = item.get(name());
            expect(",");
            AttributeValue otherwise = operand();
            expect(")");
            return there == null ? otherwise : there;
        }

        private AttributeValue argument() {
            expect("(");
            AttributeValue value = item.get(name());
            expect(")");
            return value;
        }

        private AttributeValue operand() {
            return tokens.peek().startsWith(":") ? known(values.get(tokens.peek()), tokens.remove()) : item.get(name());
        }

        private String name() {
            String token = tokens.remove();
            return token.startsWith("#") ? known(names.get(token), token) : token;
        }

        private static <T> T known(T value, String token) {
            if (value == null) {
                throw new IllegalArgumentException(token + " is not given");
            }
            return value;
        }

        private boolean accept(String token) {
            return token.equals(tokens.peek()) && tokens.poll() != null;
        }

        private void expect(String token) {
            if (!accept(token)) {
                throw new IllegalArgumentException("%s was expected, and there is %s".formatted(token, tokens));
            }
        }
    }
}
