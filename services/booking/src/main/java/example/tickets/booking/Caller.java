package example.tickets.booking;

import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

import jakarta.servlet.http.HttpServletRequest;

/**
 * Who asks. In front of this service the entrance checks the token and says whose it is in a header; what a client sent under its name is gone by then.
 *
 * @param subject nothing: nobody checked, and the holder is whoever the caller says
 */
record Caller(Optional<String> subject) {

    static final String HEADER = "X-Subject";

    /** Where there is no entrance. */
    static final Caller ANYBODY = new Caller(Optional.empty());

    /** What the entrance says where nobody has to sign in. */
    private static final String NOBODY = "nobody";

    private static final Pattern SUBJECT = Pattern.compile("[A-Za-z0-9._-]{1,100}");

    /**
     * Reads the header.
     *
     * @param required whether there is an entrance: what does not come through it is refused
     * @throws Refusal UNAUTHORIZED
     */
    static Caller of(HttpServletRequest request, boolean required) {
        List<String> given = Collections.list(request.getHeaders(HEADER));
        if (given.isEmpty() && !required) {
            return ANYBODY;
        }
        if (given.size() != 1 || !SUBJECT.matcher(given.get(0)).matches() || given.get(0).equals(NOBODY)) {
            throw new Refusal(Refusal.Reason.UNAUTHORIZED, "holder: sign in");
        }
        return new Caller(Optional.of(given.get(0)));
    }

    /** The holder of what is asked for: a body that names somebody else is refused with its other faults. */
    String holder(Fields fields) {
        return subject.map(own -> fields.fixed("holder", own)).orElseGet(() -> fields.text("holder", 100));
    }

    boolean mayRead(String holder) {
        return subject.map(holder::equals).orElse(true);
    }
}
