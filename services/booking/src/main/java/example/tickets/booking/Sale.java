package example.tickets.booking;

import java.util.Objects;

/** A booking as the other services are to hear of it: with the id of the request that led to it, for the logs. */
record Sale(Booking booking, String request) {

    Sale {
        Objects.requireNonNull(booking, "booking");
        Objects.requireNonNull(request, "request");
    }
}
