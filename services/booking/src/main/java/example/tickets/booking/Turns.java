package example.tickets.booking;

import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import example.tickets.booking.Places.Gate;
import example.tickets.booking.Places.Head;
import example.tickets.booking.Places.Issued;

/** Whose turn it is, from what is remembered of the queues: the part of a waiting queue that is the same whatever numbers it. */
final class Turns {

    /** What polls need: a place never changes once it is there. */
    private static final int PLACES = 20_000;
    private static final Duration GATE_AGE = Duration.ofSeconds(1);

    private final Places places;
    private final String region;
    private final Duration admission;
    private final Cached<String, Gate> gates;
    private final Map<String, Long> known = Collections.synchronizedMap(new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Long> eldest) {
            return size() > PLACES;
        }
    });

    /**
     * @param region    where this runs
     * @param admission how long somebody is in who was let in
     */
    Turns(Places places, String region, Duration admission) {
        this.places = places;
        this.region = region;
        this.admission = admission;
        this.gates = new Cached<>(GATE_AGE, places::gate);
    }

    Optional<Turn> turn(Show show, String id, Instant now) {
        return place(id).map(place -> {
            long ahead = show.hasQueue() ? place - gates.get(show.id(), now).admitted() - 1 : -1;
            return ahead >= 0
                    ? Turn.waiting(place, ahead)
                    : Turn.in(place, places.issue(show.id(), place, now.plus(admission)).until(), now);
        });
    }

    void booked(Show show, String id) {
        place(id).ifPresent(place -> places.booked(show.id(), place));
    }

    void admit(Show show, Instant now) {
        Gate gate = places.gate(show.id());
        Head head = places.head(show.id());
        if (!Admission.isDue(gate, head, show.queue(), region, now)) {
            return;
        }
        List<Issued> issued = places.issued(show.id(), gate.out(), gate.admitted());
        Gate next = Admission.next(gate, head, issued, show.queue(), region, now);
        // If another replica was faster, it has done the same.
        if (next != gate && places.replace(show.id(), next)) {
            gates.put(show.id(), next, now);
        }
    }

    private Optional<Long> place(String id) {
        Long place = known.get(id);
        if (place != null) {
            return Optional.of(place);
        }
        Optional<Long> found = places.place(id);
        found.ifPresent(number -> known.put(id, number));
        return found;
    }
}
