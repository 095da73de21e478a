package example.tickets.booking;

import java.util.List;
import java.util.Optional;

/** The shows that are on sale. All methods may be called at the same time. */
interface Shows {

    /** All of them, in the order in which they are to be shown. */
    List<Show> all();

    Optional<Show> find(String id);
}
