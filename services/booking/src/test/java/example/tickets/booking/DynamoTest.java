package example.tickets.booking;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.IntStream;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.ConditionalCheckFailedException;
import software.amazon.awssdk.services.dynamodb.model.ProvisionedThroughputExceededException;

@Timeout(60)
class DynamoTest {

    private final Dynamo dynamo = new Dynamo(null, new StoreFailures(new SimpleMeterRegistry()));

    private static final Function<DynamoDbClient, String> SILENCE = client -> {
        throw SdkClientException.create("no answer");
    };

    private void isAway(Function<DynamoDbClient, String> call) {
        assertThatThrownBy(() -> dynamo.ask(call)).isInstanceOf(StoreAway.class);
    }

    @Test
    void onlyTwoWaitForADatabaseThatIsSilentAndAllOthersAreRefusedAtOnce() throws Exception {
        isAway(SILENCE);
        CountDownLatch waiting = new CountDownLatch(2);
        CountDownLatch answers = new CountDownLatch(1);
        List<CompletableFuture<String>> scouts = IntStream.range(0, 2)
                .mapToObj(n -> CompletableFuture.supplyAsync(() -> dynamo.ask(client -> {
                    waiting.countDown();
                    try {
                        answers.await();
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                    return "answer";
                })))
                .toList();
        assertThat(waiting.await(30, TimeUnit.SECONDS)).isTrue();
        isAway(client -> {
            throw new AssertionError("it waits, too");
        });
        answers.countDown();
        for (CompletableFuture<String> scout : scouts) {
            assertThat(scout.get()).isEqualTo("answer");
        }
        assertThat(dynamo.<String>ask(client -> "again")).isEqualTo("again");
    }

    @Test
    void aScoutThatGetsNoAnswerMakesRoomForTheNext() {
        for (int n = 0; n < 10; n++) {
            isAway(SILENCE);
        }
        assertThat(dynamo.<String>ask(client -> "answer")).isEqualTo("answer");
    }

    @Test
    void aRefusalIsAnAnswer() {
        isAway(SILENCE);
        isAway(client -> {
            throw ProvisionedThroughputExceededException.builder().build();
        });
        // Where it was still silent, only two would get through to this.
        assertThatThrownBy(() -> dynamo.ask(client -> dynamo.ask(inner -> dynamo.ask(innermost -> {
                    throw ConditionalCheckFailedException.builder().build();
                }))))
                .isInstanceOf(ConditionalCheckFailedException.class);
    }
}
