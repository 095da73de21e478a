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

    /** Of so many people this remembers what polls need. */
    private static final int PEOPLE = 20_000;
    private static final Duration GATE_AGE = Duration.ofSeconds(1);

    private final Places places;
    private final String region;
    private final Duration admission;
    private final QueueMeters meters;
    private final Cached<String, Gate> gates;
    private final Map<String, Known> known = Collections.synchronizedMap(new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Known> eldest) {
            return size() > PEOPLE;
        }
    });

    /**
     * What is known of somebody. Neither changes once it is there.
     *
     * @param until null while nobody has fixed it
     */
    private record Known(long place, Instant until) {}

    /**
     * @param region    where this runs
     * @param admission how long somebody is in who was let in
     */
    Turns(Places places, String region, Duration admission, QueueMeters meters) {
        this.places = places;
        this.region = region;
        this.admission = admission;
        this.meters = meters;
        this.gates = new Cached<>(GATE_AGE, places::gate);
    }

    Optional<Turn> turn(Show show, String id, Instant now) {
        return known(id).map(person -> {
            // Who was let in stays in, so this need not look at the gate, nor ask for what is fixed: people go on asking when they are in.
            if (person.until() != null) {
                return Turn.in(person.place(), person.until(), now);
            }
            long ahead = show.hasQueue() ? person.place() - gates.get(show.id(), now).admitted() - 1 : -1;
            if (ahead >= 0) {
                return Turn.waiting(person.place(), ahead);
            }
            Instant until = places.issue(show.id(), person.place(), now.plus(admission)).until();
            known.put(id, new Known(person.place(), until));
            return Turn.in(person.place(), until, now);
        });
    }

    void booked(Show show, String id) {
        known(id).ifPresent(person -> places.booked(show.id(), person.place()));
    }

    void admit(Show show, Instant now) {
        Gate gate = places.gate(show.id());
        Head head = places.head(show.id());
        meters.show(show.id(), head.last(), gate.admitted());
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

    private Optional<Known> known(String id) {
        Known person = known.get(id);
        if (person != null) {
            return Optional.of(person);
        }
        Optional<Known> found = places.place(id).map(place -> new Known(place, null));
        found.ifPresent(one -> known.put(id, one));
        return found;
    }
}
