package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// readOrder reads an order from the body of a request, and names every fault at once.
func readOrder(body []byte) (Order, []string) {
	fields, err := readObject(body)
	if err != nil {
		return Order{}, []string{"body: " + err.Error()}
	}
	order, faults := orderOf(fields)
	for _, known := range []string{"booking", "show", "seat", "holder"} {
		delete(fields, known)
	}
	if len(fields) > 0 {
		faults = append(faults, "body: there are unknown fields, allowed are booking, show, seat and holder")
	}
	return order, faults
}

// orderOf makes an order of the fields that it has, and names every fault at once.
func orderOf(fields map[string]json.RawMessage) (Order, []string) {
	var order Order
	var faults []string
	for _, field := range []struct {
		name  string
		value *string
		limit int
	}{
		// A booking names its show and its seat, and has random bits.
		{"booking", &order.Booking, 128},
		{"show", &order.Show, 64},
		{"seat", &order.Seat, 16},
		{"holder", &order.Holder, 100},
	} {
		value, fault := textOf(fields[field.name], field.limit)
		if fault != "" {
			faults = append(faults, field.name+": "+fault)
		}
		*field.value = value
	}
	return order, faults
}

// textOf reads printable text of at most limit characters in their composed form (NFC), or reports what is wrong with it. Keyboards and files of
// some systems give a Korean name in parts (NFD): it is the same name.
func textOf(value json.RawMessage, limit int) (text string, fault string) {
	if value == nil {
		return "", "missing"
	}
	var given *string
	if json.Unmarshal(value, &given) != nil || given == nil {
		return "", "allowed is a string"
	}
	composed := norm.NFC.String(*given)
	if count := utf8.RuneCountInString(composed); count == 0 || count > limit {
		return "", fmt.Sprintf("%d characters were given, allowed are 1 to %d", count, limit)
	}
	if strings.TrimSpace(composed) != composed || strings.ContainsFunc(composed, unwanted) {
		return "", "allowed is printable text without blanks around it"
	}
	return composed, ""
}

// unwanted finds control and formatting characters, and what the decoder puts for half a surrogate pair.
func unwanted(r rune) bool {
	return !unicode.IsPrint(r) || r == utf8.RuneError
}

var errNoJSON = errors.New("not JSON")

// readObject reads one JSON object and nothing after it. It is stricter than encoding/json alone, which takes a key in any case, the
// last of two equal keys, and any bytes for text.
func readObject(text []byte) (map[string]json.RawMessage, error) {
	if !utf8.Valid(text) {
		return nil, errors.New("not UTF-8")
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	if token, err := decoder.Token(); err != nil || token != json.Delim('{') {
		return nil, errors.New("allowed is one JSON object")
	}
	fields := map[string]json.RawMessage{}
	for decoder.More() {
		key, err := decoder.Token()
		if err != nil {
			return nil, errNoJSON
		}
		name, ok := key.(string)
		if !ok {
			return nil, errNoJSON
		}
		if _, twice := fields[name]; twice {
			return nil, errors.New("a field is there twice")
		}
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return nil, errNoJSON
		}
		fields[name] = value
	}
	if _, err := decoder.Token(); err != nil {
		return nil, errNoJSON
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, errors.New("allowed is one JSON object and nothing after it")
	}
	return fields, nil
}
