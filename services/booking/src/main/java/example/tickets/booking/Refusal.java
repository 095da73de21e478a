package example.tickets.booking;

import java.util.List;

/** Says why a request is not done, with every fault. Faults are for the caller to read: nothing in them is ours to hide. */
final class Refusal extends RuntimeException {

    enum Reason {
        /** The request is wrong in itself. */
        INVALID,
        TOO_LARGE,
        /** Nobody says who asks. */
        UNAUTHORIZED,
        NOT_FOUND,
        /** The request is right, but not this caller's to make, or not now. */
        FORBIDDEN,
        /** The request was right, but something else came first. */
        CONFLICT,
        /** A store takes no more. */
        FULL
    }

    private final Reason reason;
    private final List<String> faults;

    Refusal(Reason reason, String fault) {
        this(reason, List.of(fault));
    }

    Refusal(Reason reason, List<String> faults) {
        // Without a stack trace: it is an answer, and in a rush there are many of them.
        super(String.join("; ", faults), null, false, false);
        this.reason = reason;
        this.faults = List.copyOf(faults);
    }

    Reason reason() {
        return reason;
    }

    List<String> faults() {
        return faults;
    }
}
