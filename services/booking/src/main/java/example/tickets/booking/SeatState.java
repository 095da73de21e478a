package example.tickets.booking;

import com.fasterxml.jackson.annotation.JsonProperty;

enum SeatState {
    @JsonProperty("free")
    FREE,
    @JsonProperty("held")
    HELD,
    @JsonProperty("booked")
    BOOKED
}
