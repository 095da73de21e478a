package main

import (
	"encoding/json"
	"fmt"
)

const (
	// eventVersion is the version of the event that this release reads.
	eventVersion = 1
	// eventLimit bounds an event, in bytes, with room for fields that a later release adds.
	eventLimit = 64 << 10
)

// readEvent reads the order of an event of the topic bookings, and names every fault at once. Fields that it does not know are left
// alone: a service that sends events may be newer. A higher version may mean something else by the same fields, so nothing is made of it.
func readEvent(value []byte) (Order, []string) {
	if len(value) > eventLimit {
		return Order{}, []string{fmt.Sprintf("event: %d bytes were given, allowed are %d", len(value), eventLimit)}
	}
	fields, err := readObject(value)
	if err != nil {
		return Order{}, []string{"event: " + err.Error()}
	}
	if fault := versionFault(fields["version"]); fault != "" {
		return Order{}, []string{"version: " + fault}
	}
	return orderOf(fields)
}

func versionFault(value json.RawMessage) string {
	if value == nil {
		return "missing"
	}
	var version *int
	if json.Unmarshal(value, &version) != nil || version == nil {
		return "allowed is a whole number"
	}
	if *version != eventVersion {
		return fmt.Sprintf("%d was given, allowed is %d", *version, eventVersion)
	}
	return ""
}
