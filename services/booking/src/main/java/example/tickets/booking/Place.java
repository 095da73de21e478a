package example.tickets.booking;

/**
 * Somebody's place in the waiting queue of a show.
 *
 * @param place counted from 1
 */
record Place(String id, String show, long place) {}
