package example.tickets.booking;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntFunction;

/** Lets many callers do something at the same moment. */
final class Race {

    private Race() {}

    static <T> List<T> of(int callers, IntFunction<T> call) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(callers);
        try {
            CyclicBarrier start = new CyclicBarrier(callers);
            List<Future<T>> calls = new ArrayList<>();
            for (int n = 0; n < callers; n++) {
                int caller = n;
                calls.add(threads.submit(() -> {
                    start.await();
                    return call.apply(caller);
                }));
            }
            List<T> answers = new ArrayList<>();
            for (Future<T> answer : calls) {
                answers.add(answer.get());
            }
            return answers;
        } finally {
            threads.shutdownNow();
        }
    }
}
