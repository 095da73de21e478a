package example.tickets.booking;

/** A store did not do what it was asked for, in time. The request can be repeated: whatever was done of it is not done twice. */
final class StoreAway extends RuntimeException {

    StoreAway(String store) {
        // Without a stack trace: while a store is away there are many of them.
        super(store + ": does not answer", null, false, false);
    }
}
