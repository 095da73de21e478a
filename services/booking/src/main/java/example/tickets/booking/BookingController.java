package example.tickets.booking;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Locale;

import com.fasterxml.jackson.annotation.JsonInclude;
import jakarta.servlet.http.HttpServletRequest;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.core.io.Resource;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

/** The service over HTTP. Bodies are read by {@link Fields}, which says why. */
@RestController
class BookingController {

    private final BoxOffice office;
    private final boolean signIn;
    private final Version version;

    BookingController(BoxOffice office, Settings settings, @Value("classpath:change.txt") Resource change)
            throws IOException {
        this.office = office;
        this.signIn = settings.requiresSignIn();
        this.version = new Version(
                "booking", settings.commit(), change.getContentAsString(StandardCharsets.UTF_8).strip());
    }

    /** {@code change} says in one line what this version brings. */
    record Version(String service, String commit, String change) {}

    record ShowList(List<ShowSummary> shows) {}

    record ShowSummary(
            String id, String title, String venue, OffsetDateTime startsAt, boolean queue, int seats, int free) {

        static ShowSummary of(BoxOffice.Availability availability) {
            Show show = availability.show();
            int seats = show.rows() * show.seatsPerRow();
            int free = seats - availability.taken().size();
            return new ShowSummary(
                    show.id(), show.title(), show.venue(), show.startsAt(), show.hasQueue(), seats, free);
        }
    }

    record ShowDetails(
            String id, String title, String venue, OffsetDateTime startsAt, boolean queue, List<SeatDetails> seats) {

        static ShowDetails of(BoxOffice.Availability availability) {
            Show show = availability.show();
            List<SeatDetails> seats = show.seats().stream()
                    .map(seat -> new SeatDetails(seat, availability.taken().getOrDefault(seat, SeatState.FREE)))
                    .toList();
            return new ShowDetails(show.id(), show.title(), show.venue(), show.startsAt(), show.hasQueue(), seats);
        }
    }

    record SeatDetails(String seat, SeatState state) {}

    record Joined(String id, String show) {}

    /** {@code retryAfter} is in seconds: when it is worth to ask again. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record PlaceDetails(
            String id,
            String show,
            String status,
            long place,
            Long ahead,
            Long retryAfter,
            String token,
            Instant expiresAt) {

        private static final long LONGEST = 10;

        static PlaceDetails of(BoxOffice.Place place) {
            Turn turn = place.turn();
            String status = turn.state().name().toLowerCase(Locale.ROOT);
            return turn.state() == Turn.State.WAITING
                    ? new PlaceDetails(
                            place.id(), place.show().id(), status, turn.place(), turn.ahead(), retryAfter(place), null, null)
                    : new PlaceDetails(
                            place.id(), place.show().id(), status, turn.place(), null, null, place.token(), turn.until());
        }

        /** Half of the time that it takes at least: whoever asks then comes to know of it soon enough. */
        private static long retryAfter(BoxOffice.Place place) {
            long half = place.turn().ahead() / place.show().queue().perSecond() / 2;
            return Math.max(1, Math.min(LONGEST, half));
        }
    }

    @GetMapping("/shows")
    ShowList shows() {
        return new ShowList(office.availabilities().stream().map(ShowSummary::of).toList());
    }

    @GetMapping("/shows/{id}")
    ShowDetails show(@PathVariable String id) {
        return ShowDetails.of(office.availability(id));
    }

    @PostMapping(path = "/holds", consumes = MediaType.APPLICATION_JSON_VALUE)
    ResponseEntity<Hold> hold(HttpServletRequest request, InputStream body) {
        Caller caller = Caller.of(request, signIn);
        Fields fields = Fields.read(body);
        String show = fields.text("show", 64);
        String seat = fields.text("seat", 16);
        String holder = caller.holder(fields);
        String token = fields.optionalText("token", 100);
        fields.refuseFaults();
        Kept<Hold> hold = office.hold(show, seat, holder, token);
        return ResponseEntity.status(hold.created() ? 201 : 200).body(hold.value());
    }

    @PostMapping(path = "/bookings", consumes = MediaType.APPLICATION_JSON_VALUE)
    ResponseEntity<Booking> book(HttpServletRequest request, InputStream body) {
        Caller caller = Caller.of(request, signIn);
        Fields fields = Fields.read(body);
        String hold = fields.text("hold", 64);
        String holder = caller.holder(fields);
        fields.refuseFaults();
        Kept<Booking> booking = office.book(hold, holder, RequestLog.id());
        return booking.created()
                ? ResponseEntity.created(URI.create("/bookings/" + booking.value().id())).body(booking.value())
                : ResponseEntity.ok(booking.value());
    }

    @PostMapping(path = "/queue", consumes = MediaType.APPLICATION_JSON_VALUE)
    ResponseEntity<Joined> join(HttpServletRequest request, InputStream body) {
        Caller caller = Caller.of(request, signIn);
        Fields fields = Fields.read(body);
        String show = fields.text("show", 64);
        String holder = caller.holder(fields);
        fields.refuseFaults();
        String id = office.join(show, holder, RequestLog.id());
        return ResponseEntity.accepted().location(URI.create("/queue/" + id)).body(new Joined(id, show));
    }

    @GetMapping("/bookings/{id}")
    Booking booking(HttpServletRequest request, @PathVariable String id) {
        return office.booking(id, Caller.of(request, signIn));
    }

    @GetMapping("/queue/{id}")
    PlaceDetails place(HttpServletRequest request, @PathVariable String id) {
        return PlaceDetails.of(office.place(id, Caller.of(request, signIn)));
    }

    @GetMapping("/version")
    Version version() {
        return version;
    }
}
