package example.tickets.booking;

import java.util.Optional;

/** The waiting queues of all shows. All methods may be called at the same time. */
interface WaitingQueue {

    /**
     * Puts the holder at the end of the show's queue, with the given id. Who is in it already keeps the place.
     *
     * @throws Refusal FULL if there is no place left
     */
    Kept<Place> join(String show, String holder, String id);

    Optional<Place> find(String id);
}
