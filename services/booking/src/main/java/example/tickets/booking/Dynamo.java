package example.tickets.booking;

import java.time.Duration;
import java.util.function.Function;

import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbClientBuilder;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.ConditionalCheckFailedException;

/** DynamoDB, with a bound on every call. The SDK reads its endpoint and its credentials from the environment. */
final class Dynamo {

    private static final Duration ATTEMPT = Duration.ofSeconds(1);
    private static final Duration CALL = Duration.ofSeconds(2);
    private static final int ATTEMPTS = 3;

    private final DynamoDbClient client;
    private final StoreFailures failures;

    Dynamo(DynamoDbClient client, StoreFailures failures) {
        this.client = client;
        this.failures = failures;
    }

    static DynamoDbClient client(String region) {
        // As many as there are threads for requests; the JDK keeps five otherwise, and opens a new one for each call beyond that.
        System.setProperty("http.maxConnections", "40");
        return bounded(ATTEMPT, CALL).region(Region.of(region)).build();
    }

    static DynamoDbClientBuilder bounded(Duration attempt, Duration call) {
        return DynamoDbClient.builder()
                .httpClientBuilder(
                        UrlConnectionHttpClient.builder().connectionTimeout(attempt).socketTimeout(attempt))
                .overrideConfiguration(override -> override.apiCallAttemptTimeout(attempt)
                        .apiCallTimeout(call)
                        .retryStrategy(AwsRetryStrategy.standardRetryStrategy().toBuilder()
                                .maxAttempts(ATTEMPTS)
                                .build()));
    }

    /**
     * Makes a call. A condition that does not hold is an answer; it is for the caller to catch.
     *
     * @throws ConditionalCheckFailedException as DynamoDB
     * @throws StoreAway for whatever else goes wrong
     */
    <T> T ask(Function<DynamoDbClient, T> call) {
        try {
            return call.apply(client);
        } catch (ConditionalCheckFailedException e) {
            throw e;
        } catch (SdkException e) {
            throw away(e);
        }
    }

    StoreAway away(Exception cause) {
        return failures.away(StoreFailures.Store.DYNAMODB, cause);
    }

    static AttributeValue text(String text) {
        return AttributeValue.fromS(text);
    }

    static AttributeValue number(long number) {
        return AttributeValue.fromN(Long.toString(number));
    }
}
