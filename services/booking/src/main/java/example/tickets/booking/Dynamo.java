package example.tickets.booking;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.function.Function;

import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.retries.StandardRetryStrategy;
import software.amazon.awssdk.retries.api.RetryStrategy;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbClientBuilder;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.ConditionalCheckFailedException;

/** DynamoDB, with a bound on every call. The SDK reads its endpoint and its credentials from the environment. */
final class Dynamo {

    private static final Duration ATTEMPT = Duration.ofSeconds(1);
    private static final Duration CALL = Duration.ofSeconds(2);
    static final StandardRetryStrategy RETRIES =
            AwsRetryStrategy.standardRetryStrategy().toBuilder().maxAttempts(3).build();
    /** So many callers try at a time while nothing answers. */
    private static final int SCOUTS = 2;

    private final DynamoDbClient client;
    private final StoreFailures failures;
    private final Semaphore scouts = new Semaphore(SCOUTS);
    private volatile boolean silent;

    Dynamo(DynamoDbClient client, StoreFailures failures) {
        this.client = client;
        this.failures = failures;
    }

    static DynamoDbClient client(String region) {
        // As many as there are threads for requests; the JDK keeps five otherwise, and opens a new one for each call beyond that.
        System.setProperty("http.maxConnections", "40");
        return bounded(ATTEMPT, CALL, RETRIES).region(Region.of(region)).build();
    }

    static DynamoDbClientBuilder bounded(Duration attempt, Duration call, RetryStrategy retries) {
        return DynamoDbClient.builder()
                .httpClientBuilder(
                        UrlConnectionHttpClient.builder().connectionTimeout(attempt).socketTimeout(attempt))
                .overrideConfiguration(override -> override.apiCallAttemptTimeout(attempt)
                        .apiCallTimeout(call)
                        .retryStrategy(retries));
    }

    /**
     * Makes a call. A condition that does not hold is an answer; it is for the caller to catch. After a call without an answer only scouts wait for
     * one, and everybody else is refused at once: otherwise the threads of all requests would wait, those of the probes too, and Kubernetes would
     * end every replica for what the database does.
     *
     * @throws ConditionalCheckFailedException as DynamoDB
     * @throws StoreAway for whatever else goes wrong
     */
    <T> T ask(Function<DynamoDbClient, T> call) {
        boolean scouting = silent;
        if (scouting && !scouts.tryAcquire()) {
            throw failures.stillAway(StoreFailures.Store.DYNAMODB);
        }
        try {
            T answer = call.apply(client);
            silent = false;
            return answer;
        } catch (AwsServiceException e) {
            // It answers.
            silent = false;
            if (e instanceof ConditionalCheckFailedException) {
                throw e;
            }
            throw away(e);
        } catch (SdkException e) {
            silent = true;
            throw away(e);
        } finally {
            if (scouting) {
                scouts.release();
            }
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
