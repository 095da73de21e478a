package main

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

const goodEvent = `{"version":1,"booking":"b-1","show":"hamlet-20261123","seat":"A-12","holder":"김하늘","bookedAt":"2026-11-29T12:00:00.000Z"}`

var goodOrder = Order{Booking: "b-1", Show: "hamlet-20261123", Seat: "A-12", Holder: "김하늘"}

func TestEventsHaveComposedNames(t *testing.T) {
	event := `{"version":1,"booking":"b-1","show":"hamlet","seat":"A-1","holder":"` + decomposed + `"}`
	if order, faults := readEvent([]byte(event)); len(faults) > 0 || order.Holder != composed {
		t.Errorf("%+v %v", order, faults)
	}
}

func TestReadEvent(t *testing.T) {
	change := func(old, new string) string { return strings.Replace(goodEvent, old, new, 1) }
	for _, test := range []struct{ name, event string }{
		{"as it is sent", goodEvent},
		{"fields of a later release", change(`{`, `{"price":{"amount":[1,2.5,null]},"Seat":"B-1",`)},
		{"in another order, with blanks", " { \"holder\" : \"김하늘\" ,\n\"seat\":\"A-12\",\t\"show\":\"hamlet-20261123\",\"booking\":\"b-1\",\"version\":1 } "},
	} {
		t.Run(test.name, func(t *testing.T) {
			if order, faults := readEvent([]byte(test.event)); len(faults) > 0 || order != goodOrder {
				t.Errorf("%+v %v", order, faults)
			}
		})
	}
	for _, test := range []struct{ name, event, words string }{
		{"nothing", "", "event: allowed is one JSON object"},
		{"null", "null", "event: allowed is one JSON object"},
		{"no JSON", "booked", "event: allowed is one JSON object"},
		{"broken off", goodEvent[:40], "event: not JSON"},
		{"not UTF-8", change("A-12", "\xff"), "event: not UTF-8"},
		{"two events", goodEvent + goodEvent, "event: allowed is one JSON object and nothing after it"},
		{"a field twice", change(`{`, `{"seat":"B-1",`), "event: a field is there twice"},
		{"too large", change("A-12", strings.Repeat("x", eventLimit)), "event: 65659 bytes were given, allowed are 65536"},
		{"too deep", strings.Repeat(`{"a":`, 12_000) + "1" + strings.Repeat("}", 12_000), "event: "},
		{"no version", change(`"version":1,`, ``), "version: missing"},
		{"a newer version, without the fields of today", `{"version":2}`, "version: 2 was given, allowed is 1"},
		{"version 0", change(`:1,`, `:0,`), "version: 0 was given, allowed is 1"},
		{"a version in words", change(`:1,`, `:"1",`), "version: allowed is a whole number"},
		{"a broken version", change(`:1,`, `:1.5,`), "version: allowed is a whole number"},
		{"a version of null", change(`:1,`, `:null,`), "version: allowed is a whole number"},
		{"an immense version", change(`:1,`, `:1e999,`), "version: allowed is a whole number"},
		{"every fault at once", `{"version":1,"booking":"","show":null,"holder":"\u0000"}`,
			"booking: 0 characters were given, allowed are 1 to 128; show: allowed is a string; seat: missing; holder: allowed is printable text without blanks around it"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if order, faults := readEvent([]byte(test.event)); !strings.Contains(strings.Join(faults, "; "), test.words) {
				t.Errorf("%+v %v", order, faults)
			}
		})
	}
}

// What is read is an order that the store can keep, and reads the same again. What is not read is reported without what was given: it may
// be about a person.
func FuzzReadEvent(f *testing.F) {
	for _, seed := range []string{goodEvent, "", "null", "{}", `{"version":2}`, goodEvent[:40], goodEvent + goodEvent, `{"version":1e0,"holder":"` + "\xed\xa0\x80" + `"}`,
		strings.Replace(goodEvent, "김", `\ud800`, 1), strings.Replace(goodEvent, "A-12", "A\u202e12", 1)} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, value []byte) {
		order, faults := readEvent(value)
		if len(faults) > 0 {
			for _, fault := range faults {
				if len(fault) > 120 || !utf8.ValidString(fault) {
					t.Errorf("%q", fault)
				}
			}
			return
		}
		for _, field := range []struct {
			text  string
			limit int
		}{{order.Booking, 128}, {order.Show, 64}, {order.Seat, 16}, {order.Holder, 100}} {
			count := utf8.RuneCountInString(field.text)
			if count == 0 || count > field.limit || strings.ContainsRune(field.text, 0) || !utf8.ValidString(field.text) {
				t.Errorf("%q", field.text)
			}
		}
		again, err := json.Marshal(struct {
			Version int `json:"version"`
			Order
		}{eventVersion, order})
		if err != nil {
			t.Fatal(err)
		}
		if read, faults := readEvent(again); read != order || len(faults) > 0 {
			t.Errorf("%+v, then %+v %v", order, read, faults)
		}
	})
}
