package example.tickets.booking;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** The shows that are on sale. All methods may be called at the same time. */
interface Shows {

    /** All of them, in {@link Show#ORDER}. They may be some seconds old. */
    List<Show> all(Instant now);

    default Optional<Show> find(String id, Instant now) {
        return all(now).stream().filter(show -> show.id().equals(id)).findFirst();
    }
}
