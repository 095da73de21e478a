package example.tickets.booking;

import java.time.Instant;
import java.util.Optional;

/**
 * The waiting queues of shows. All methods may be called at the same time, by any number of replicas whose clocks differ. Callers bring the time, and
 * an id for each holder of a show, always the same: see {@link QueueKey}.
 */
interface WaitingQueue {

    /**
     * Puts somebody at the end of the show's queue. Who is in it already keeps the place. The place may be known only a moment later.
     *
     * @throws Refusal FULL if there is no place left
     */
    void join(String show, String id, String request);

    /** How it stands for somebody, or nothing if there is no place for this id, or not yet. The first answer that lets somebody in fixes until when. */
    Optional<Turn> turn(Show show, String id, Instant now);

    /** Somebody has booked, so that another one can be let in. */
    void booked(Show show, String id);

    /** Lets in who may come in by now. To be called each second or so. */
    void admit(Show show, Instant now);
}
