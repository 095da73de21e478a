package example.tickets.booking;

import java.time.Instant;

/**
 * How it stands for somebody in a waiting queue.
 *
 * @param place counted from 1
 * @param ahead how many are still to be let in before
 * @param until up to when, but not including, one is in; null while one waits
 */
record Turn(State state, long place, long ahead, Instant until) {

    enum State {
        WAITING,
        ADMITTED,
        /** One was let in, and the time is over. */
        GONE
    }

    static Turn waiting(long place, long ahead) {
        return new Turn(State.WAITING, place, ahead, null);
    }

    static Turn in(long place, Instant until, Instant now) {
        return new Turn(now.isBefore(until) ? State.ADMITTED : State.GONE, place, 0, until);
    }
}
