package example.tickets.booking;

import java.time.Instant;

/** A seat that was sold, by the hold that led to it. Its id says which seat it is, see {@link SeatId}. */
record Booking(String id, String hold, String show, String seat, String holder, Instant bookedAt) {}
