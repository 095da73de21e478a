package example.tickets.booking;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.OffsetDateTime;
import java.util.List;

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
    private final Version version;

    BookingController(BoxOffice office, Settings settings, @Value("classpath:change.txt") Resource change)
            throws IOException {
        this.office = office;
        this.version = new Version(
                "booking", settings.commit(), change.getContentAsString(StandardCharsets.UTF_8).strip());
    }

    /** {@code change} says in one line what this version brings. */
    record Version(String service, String commit, String change) {}

    record ShowList(List<ShowSummary> shows) {}

    record ShowSummary(String id, String title, String venue, OffsetDateTime startsAt, int seats, int free) {

        static ShowSummary of(BoxOffice.Sale sale) {
            Show show = sale.show();
            int seats = show.rows() * show.seatsPerRow();
            return new ShowSummary(
                    show.id(), show.title(), show.venue(), show.startsAt(), seats, seats - sale.taken().size());
        }
    }

    record ShowDetails(String id, String title, String venue, OffsetDateTime startsAt, List<SeatDetails> seats) {

        static ShowDetails of(BoxOffice.Sale sale) {
            Show show = sale.show();
            List<SeatDetails> seats = show.seats().stream()
                    .map(seat -> new SeatDetails(seat, sale.taken().getOrDefault(seat, SeatState.FREE)))
                    .toList();
            return new ShowDetails(show.id(), show.title(), show.venue(), show.startsAt(), seats);
        }
    }

    record SeatDetails(String seat, SeatState state) {}

    @GetMapping("/shows")
    ShowList shows() {
        return new ShowList(office.sales().stream().map(ShowSummary::of).toList());
    }

    @GetMapping("/shows/{id}")
    ShowDetails show(@PathVariable String id) {
        return ShowDetails.of(office.sale(id));
    }

    @PostMapping(path = "/holds", consumes = MediaType.APPLICATION_JSON_VALUE)
    ResponseEntity<Hold> hold(InputStream body) {
        Fields fields = Fields.read(body);
        String show = fields.text("show", 64);
        String seat = fields.text("seat", 16);
        String holder = fields.text("holder", 100);
        fields.refuseFaults();
        Kept<Hold> hold = office.hold(show, seat, holder);
        return ResponseEntity.status(hold.created() ? 201 : 200).body(hold.value());
    }

    @PostMapping(path = "/bookings", consumes = MediaType.APPLICATION_JSON_VALUE)
    ResponseEntity<Booking> book(InputStream body) {
        Fields fields = Fields.read(body);
        String hold = fields.text("hold", 64);
        String holder = fields.text("holder", 100);
        fields.refuseFaults();
        Kept<Booking> booking = office.book(hold, holder);
        return kept(booking, "/bookings/" + booking.value().id());
    }

    @PostMapping(path = "/queue", consumes = MediaType.APPLICATION_JSON_VALUE)
    ResponseEntity<Place> join(InputStream body) {
        Fields fields = Fields.read(body);
        String show = fields.text("show", 64);
        String holder = fields.text("holder", 100);
        fields.refuseFaults();
        Kept<Place> place = office.join(show, holder);
        return kept(place, "/queue/" + place.value().id());
    }

    @GetMapping("/bookings/{id}")
    Booking booking(@PathVariable String id) {
        return office.booking(id);
    }

    @GetMapping("/queue/{id}")
    Place place(@PathVariable String id) {
        return office.place(id);
    }

    @GetMapping("/version")
    Version version() {
        return version;
    }

    private static <T> ResponseEntity<T> kept(Kept<T> kept, String location) {
        return kept.created()
                ? ResponseEntity.created(URI.create(location)).body(kept.value())
                : ResponseEntity.ok(kept.value());
    }
}
