package example.tickets.booking;

/** What a store has after a request: made by it, or there before. */
record Kept<T>(T value, boolean created) {}
