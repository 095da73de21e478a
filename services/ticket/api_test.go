package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

const good = `{"booking":"b-1","show":"hamlet-20261123","seat":"A-12","holder":"김하늘"}`

var silent = slog.New(slog.DiscardHandler)

func newAPI(store Store) *API { return &API{store: store, log: silent, metrics: &Metrics{}} }

func send(handler http.Handler, method, path, body string) *httptest.ResponseRecorder {
	request := httptest.NewRequest(method, path, strings.NewReader(body))
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, request)
	return recorder
}

func TestIssueAndFind(t *testing.T) {
	handler := newAPI(NewMemory(10, testKey)).Handler()
	issued := send(handler, "POST", "/tickets", good)
	if issued.Code != http.StatusCreated {
		t.Fatalf("%d %s", issued.Code, issued.Body)
	}
	var ticket Ticket
	if err := json.Unmarshal(issued.Body.Bytes(), &ticket); err != nil {
		t.Fatal(err)
	}
	if ticket.Holder != "김하늘" || ticket.Seat != "A-12" || ticket.Booking != "b-1" || ticket.ID != "cn2ydc5yyvu4o3ew7i62fez6ge" {
		t.Errorf("issued %+v", ticket)
	}
	if location := issued.Header().Get("Location"); location != "/tickets/"+ticket.ID {
		t.Errorf("location %q", location)
	}
	for _, again := range []*httptest.ResponseRecorder{
		send(handler, "POST", "/tickets", good),
		send(handler, "GET", "/tickets/"+ticket.ID, ""),
		send(handler, "GET", "/tickets?booking=b-1", ""),
	} {
		if again.Code != http.StatusOK || again.Body.String() != issued.Body.String() {
			t.Errorf("%d %s", again.Code, again.Body)
		}
	}
}

func TestRefusals(t *testing.T) {
	change := func(old, new string) string { return strings.Replace(good, old, new, 1) }
	tests := []struct {
		name, body string
		status     int
		words      string
	}{
		{"nothing", " ", 400, "allowed is one JSON object"},
		{"a list", "[]", 400, "allowed is one JSON object"},
		{"a word", `"x"`, 400, "allowed is one JSON object"},
		{"broken off", good[:20], 400, "not JSON"},
		{"two objects", good + good, 400, "nothing after it"},
		{"rubbish after it", good + "x", 400, "nothing after it"},
		{"an unknown field", change(`{`, `{"price":"1",`), 400, "unknown fields"},
		{"another case", change(`"seat"`, `"Seat"`), 400, "seat: missing"},
		{"a field twice", change(`{`, `{"seat":"B-1",`), 400, "a field is there twice"},
		{"a number", change(`"A-12"`, `12`), 400, "seat: allowed is a string"},
		{"null", change(`"A-12"`, `null`), 400, "seat: allowed is a string"},
		{"an object within", change(`"A-12"`, `{"a":"b"}`), 400, "seat: allowed is a string"},
		{"a field missing", change(`"seat":"A-12",`, ``), 400, "seat: missing"},
		{"every fault at once", `{"booking":"","seat":" x","holder":"\u0000"}`, 400,
			`["booking: 0 characters were given, allowed are 1 to 128","show: missing","seat: allowed is printable text without blanks around it","holder: allowed is printable text without blanks around it"]`},
		{"a seat of 17 characters", change("A-12", strings.Repeat("가", 17)), 400, "17 characters were given, allowed are 1 to 16"},
		{"a line break", change("A-12", `A\n12`), 400, "seat: allowed is printable"},
		{"a direction override", change("A-12", `A\u202e12`), 400, "seat: allowed is printable"},
		{"half a surrogate pair", change("A-12", `\ud800`), 400, "seat: allowed is printable"},
		{"not UTF-8", change("A-12", "\xff"), 400, "not UTF-8"},
		{"too long", change("A-12", strings.Repeat("x", bodyLimit)), 413, "allowed are 4096 bytes"},
		{"deep", strings.Repeat("[", bodyLimit), 400, "allowed is one JSON object"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			answer := send(newAPI(NewMemory(10, testKey)).Handler(), "POST", "/tickets", test.body)
			if answer.Code != test.status || !strings.Contains(answer.Body.String(), test.words) {
				t.Errorf("%d %s", answer.Code, answer.Body)
			}
		})
	}
}

// The same name in parts, as some keyboards give it, and composed.
const (
	composed   = "김하늘"
	decomposed = "\u1100\u1175\u11b7\u1112\u1161\u1102\u1173\u11af"
)

func TestNamesAreComposed(t *testing.T) {
	handler := newAPI(NewMemory(10, testKey)).Handler()
	inParts := strings.Replace(good, composed, decomposed, 1)
	if inParts == good {
		t.Fatal("it is the same text")
	}
	issued := send(handler, "POST", "/tickets", inParts)
	if issued.Code != http.StatusCreated || !strings.Contains(issued.Body.String(), composed) {
		t.Fatalf("%d %s", issued.Code, issued.Body)
	}
	if again := send(handler, "POST", "/tickets", good); again.Code != http.StatusOK || again.Body.String() != issued.Body.String() {
		t.Errorf("%d %s", again.Code, again.Body)
	}
	// A name of a hundred characters is one also in three hundred parts.
	long := func(name string) string { return strings.Replace(good, composed, strings.Repeat(name, 100), 1) }
	if got := send(newAPI(NewMemory(10, testKey)).Handler(), "POST", "/tickets", long("\u1100\u1175\u11b7")); got.Code != http.StatusCreated {
		t.Errorf("%d %s", got.Code, got.Body)
	}
}

func TestLimitsAreInclusive(t *testing.T) {
	body := fmt.Sprintf(`{"booking":%q,"show":%q,"seat":%q,"holder":%q}`,
		strings.Repeat("b", 128), strings.Repeat("쇼", 64), strings.Repeat("가", 16), strings.Repeat("김", 100))
	if answer := send(newAPI(NewMemory(1, testKey)).Handler(), "POST", "/tickets", body); answer.Code != http.StatusCreated {
		t.Errorf("%d %s", answer.Code, answer.Body)
	}
}

// broken is a store that fails.
type broken struct{ with error }

var errSecret = errors.New("connect to database at 10.0.0.1 as admin")

func (b broken) Issue(context.Context, Order) (Ticket, bool, error)    { return Ticket{}, false, b.with }
func (b broken) Find(context.Context, string) (Ticket, error)          { return Ticket{}, b.with }
func (b broken) FindByBooking(context.Context, string) (Ticket, error) { return Ticket{}, b.with }

func TestStatuses(t *testing.T) {
	away := fmt.Errorf("%w: %w", ErrAway, errSecret)
	full := NewMemory(0, testKey)
	used := NewMemory(1, testKey)
	if _, _, err := used.Issue(context.Background(), Order{Booking: "b-1"}); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name               string
		store              Store
		method, path, body string
		status             int
	}{
		{"another order of one booking", used, "POST", "/tickets", good, 409},
		{"a full store", full, "POST", "/tickets", good, 503},
		{"a broken store", broken{errSecret}, "POST", "/tickets", good, 500},
		{"a broken store, asked", broken{errSecret}, "GET", "/tickets/x", "", 500},
		{"a broken store, asked for a booking", broken{errSecret}, "GET", "/tickets?booking=b-1", "", 500},
		{"a store that is away", broken{away}, "POST", "/tickets", good, 503},
		{"a store that is away, asked", broken{away}, "GET", "/tickets/x", "", 503},
		{"a store that is away, asked for a booking", broken{away}, "GET", "/tickets?booking=b-1", "", 503},
		{"a booking without a ticket", NewMemory(1, testKey), "GET", "/tickets?booking=b-1", "", 404},
		{"two bookings", NewMemory(1, testKey), "GET", "/tickets?booking=b-1&booking=b-2", "", 400},
		{"something else", NewMemory(1, testKey), "GET", "/tickets?booking=b-1&holder=Kim", "", 400},
		{"an unknown ticket", full, "GET", "/tickets/x", "", 404},
		{"no list of all tickets", full, "GET", "/tickets", "", 400},
		{"no deletion", full, "DELETE", "/tickets/x", "", 405},
		{"an unknown path", full, "GET", "/admin", "", 404},
		{"no content type", full, "POST", "/tickets", "", 415},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			answer := send(newAPI(test.store).Handler(), test.method, test.path, test.body)
			if answer.Code != test.status {
				t.Errorf("%d %s, want %d", answer.Code, answer.Body, test.status)
			}
			if strings.Contains(answer.Body.String(), "database") {
				t.Errorf("the reason is not for the caller: %s", answer.Body)
			}
			if again := answer.Header().Get("Retry-After"); (again == "1") != (test.store == broken{away}) {
				t.Errorf("retry after %q", again)
			}
		})
	}
}

func TestVersionAndHealth(t *testing.T) {
	commit = "0123abc"
	api := newAPI(NewMemory(1, testKey))
	handler := api.Handler()
	tests := []struct {
		path, body string
		status     int
	}{
		{"/version", fmt.Sprintf(`{"change":%q,"commit":"0123abc","service":"ticket"}`, strings.TrimSpace(change)), 200},
		{"/healthz", `{"status":"ok"}`, 200},
		{"/readyz", `{"status":"ready"}`, 200},
	}
	for _, test := range tests {
		answer := send(handler, "GET", test.path, "")
		if answer.Code != test.status || strings.TrimSpace(answer.Body.String()) != test.body {
			t.Errorf("%s: %d %s", test.path, answer.Code, answer.Body)
		}
		if kind := answer.Header().Get("Content-Type"); kind != "application/json" {
			t.Errorf("%s: %s", test.path, kind)
		}
	}
	api.draining.Store(true)
	if answer := send(handler, "GET", "/readyz", ""); answer.Code != http.StatusServiceUnavailable {
		t.Errorf("ready while shutting down: %d", answer.Code)
	}
	if answer := send(handler, "GET", "/healthz", ""); answer.Code != http.StatusOK {
		t.Errorf("not alive while shutting down: %d", answer.Code)
	}
}

func TestMetrics(t *testing.T) {
	commit = "0123abc"
	api := newAPI(NewMemory(10, testKey))
	api.metrics.add(postgresFailures, 0)
	api.metrics.add(eventsOf("issued"), 2)
	handler := api.Handler()
	send(handler, "POST", "/tickets", good)
	send(handler, "POST", "/tickets", good)
	for n := range 20 {
		send(handler, "GET", fmt.Sprintf("/nowhere/%d", n), "")
	}
	body := send(handler, "GET", "/metrics", "").Body.String()
	for _, line := range []string{
		`http_requests_total{route="POST /tickets",status="201"} 1`,
		`http_requests_total{route="POST /tickets",status="200"} 1`,
		`http_requests_total{route="",status="404"} 20`,
		"# TYPE events_total counter\nevents_total{result=\"issued\"} 2",
		"# TYPE store_failures_total counter\nstore_failures_total{store=\"postgres\"} 0",
		"# TYPE event_lag_seconds gauge\nevent_lag_seconds 0",
		`build_info{service="ticket",commit="0123abc"} 1`,
	} {
		if !strings.Contains(body, line+"\n") {
			t.Errorf("%s is not in\n%s", line, body)
		}
	}
}

func TestLogHoldsNoPersonalData(t *testing.T) {
	var lines strings.Builder
	api := newAPI(NewMemory(1, testKey))
	api.log = slog.New(slog.NewJSONHandler(&lines, nil))
	handler := api.Handler()
	send(handler, "POST", "/tickets", good)
	send(handler, "GET", "/tickets/secret-id", "")
	send(handler, "GET", "/healthz", "")
	if strings.Contains(lines.String(), "김하늘") || strings.Contains(lines.String(), "secret-id") {
		t.Error(lines.String())
	}
	decoder, count := json.NewDecoder(strings.NewReader(lines.String())), 0
	for ; ; count++ {
		var line map[string]any
		if err := decoder.Decode(&line); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if count != 2 {
		t.Errorf("%d lines:\n%s", count, lines.String())
	}
}

func TestRequestID(t *testing.T) {
	var lines strings.Builder
	api := newAPI(broken{errSecret})
	api.log = slog.New(slog.NewJSONHandler(&lines, nil))
	handler := api.Handler()
	made := map[string]bool{}
	for given, taken := range map[string]bool{
		"":                         false,
		"b.7_A-x":                  true,
		strings.Repeat("x", 64):    true,
		strings.Repeat("x", 65):    false,
		"two words":                false,
		"예매":                       false,
		"x\",\"level\":\"ERROR\"}": false,
	} {
		lines.Reset()
		request := httptest.NewRequest("GET", "/tickets/x", nil)
		request.Header.Set("X-Request-Id", given)
		recorder := httptest.NewRecorder()
		handler.ServeHTTP(recorder, request)
		id := recorder.Header().Get("X-Request-Id")
		if (id == given) != taken || !wellFormed.MatchString(id) || made[id] {
			t.Errorf("%q: %q", given, id)
		}
		made[id] = true
		if count := strings.Count(lines.String(), fmt.Sprintf(`"request":%q`, id)); count != 2 {
			t.Errorf("%d of 2 lines name it: %s", count, lines.String())
		}
	}
}

// Where events come from Kafka, nobody else says what is booked.
func TestOrdersByEventsAlone(t *testing.T) {
	store := NewMemory(1, testKey)
	api := newAPI(store)
	api.byEvents = true
	if answer := send(api.Handler(), "POST", "/tickets", good); answer.Code != http.StatusMethodNotAllowed {
		t.Errorf("%d %s", answer.Code, answer.Body)
	}
	if _, err := store.FindByBooking(context.Background(), "b-1"); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
}

func TestLagOfTheEventInHand(t *testing.T) {
	metrics := &Metrics{}
	metrics.take(time.Now().Add(-time.Minute))
	if lag := metrics.lag(); lag < time.Minute || lag > 2*time.Minute {
		t.Error(lag)
	}
	metrics.take(time.Now().Add(time.Hour))
	if lag := metrics.lag(); lag != 0 {
		t.Errorf("an event of the future: %s", lag)
	}
	metrics.release()
	if lag := metrics.lag(); lag != 0 {
		t.Error(lag)
	}
}
