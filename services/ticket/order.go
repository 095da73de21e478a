package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// readOrder reads an order from JSON and names every fault at once. It is stricter than encoding/json alone, which takes a key in any
// case, the last of two equal keys, and any bytes for text.
func readOrder(body []byte) (Order, []string) {
	var order Order
	if !utf8.Valid(body) {
		return order, []string{"body: not UTF-8"}
	}
	fields := []struct {
		name  string
		value *string
		limit int
	}{
		{"booking", &order.Booking, 64},
		{"show", &order.Show, 64},
		{"seat", &order.Seat, 16},
		{"holder", &order.Holder, 100},
	}
	given, err := readStrings(body)
	if err != nil {
		return order, []string{"body: " + err.Error()}
	}
	var faults []string
	for _, field := range fields {
		value, ok := given[field.name]
		delete(given, field.name)
		switch count := utf8.RuneCountInString(value); {
		case !ok:
			faults = append(faults, field.name+": missing")
		case count == 0 || count > field.limit:
			faults = append(faults, fmt.Sprintf("%s: %d characters were given, allowed are 1 to %d", field.name, count, field.limit))
		case strings.TrimSpace(value) != value || strings.ContainsFunc(value, unwanted):
			faults = append(faults, field.name+": allowed is printable text without blanks around it")
		default:
			*field.value = value
		}
	}
	if len(given) > 0 {
		faults = append(faults, "body: there are unknown fields, allowed are booking, show, seat and holder")
	}
	return order, faults
}

// unwanted tells control and formatting characters, and what the decoder puts for half a surrogate pair.
func unwanted(r rune) bool {
	return !unicode.IsPrint(r) || r == utf8.RuneError
}

// readStrings reads one JSON object of strings and nothing after it.
func readStrings(body []byte) (map[string]string, error) {
	decoder := json.NewDecoder(bytes.NewReader(body))
	if token, err := decoder.Token(); err != nil || token != json.Delim('{') {
		return nil, fmt.Errorf("allowed is one JSON object")
	}
	found := map[string]string{}
	for decoder.More() {
		key, err := decoder.Token()
		if err != nil {
			return nil, fmt.Errorf("not JSON")
		}
		name, ok := key.(string)
		if !ok {
			return nil, fmt.Errorf("not JSON")
		}
		if _, twice := found[name]; twice {
			return nil, fmt.Errorf("a field is there twice")
		}
		value, err := decoder.Token()
		if err != nil {
			return nil, fmt.Errorf("not JSON")
		}
		text, ok := value.(string)
		if !ok {
			return nil, fmt.Errorf("every field is a string")
		}
		found[name] = text
	}
	if _, err := decoder.Token(); err != nil {
		return nil, fmt.Errorf("not JSON")
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, fmt.Errorf("allowed is one JSON object and nothing after it")
	}
	return found, nil
}
