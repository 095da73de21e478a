package main

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"path"
	"strings"
	"sync/atomic"
	"time"
)

// bodyLimit bounds the body of a request, in bytes; the longest valid order is below 2 KiB.
const bodyLimit = 4 << 10

// change says in one line what this version brings, for whoever asks GET /version.
//
//go:embed change.txt
var change string

// API answers the HTTP requests of the service.
type API struct {
	store   Store
	log     *slog.Logger
	metrics *Metrics
	// byEvents: tickets are issued by events alone, and nobody posts orders.
	byEvents bool
	// signIn: nobody sees a ticket who did not come through the entrance.
	signIn   bool
	draining atomic.Bool
}

// Handler returns the routes. Requests of probes and of monitoring are counted, but not logged.
func (a *API) Handler() http.Handler {
	mux := http.NewServeMux()
	if !a.byEvents {
		mux.HandleFunc("POST /tickets", a.issue)
	}
	mux.HandleFunc("GET /tickets/{id}", a.find)
	mux.HandleFunc("GET /tickets", a.findByBooking)
	mux.HandleFunc("GET /version", a.version)
	mux.HandleFunc("GET /healthz", a.healthy)
	mux.HandleFunc("GET /readyz", a.ready)
	mux.HandleFunc("GET /metrics", a.showMetrics)
	quiet := map[string]bool{"GET /healthz": true, "GET /readyz": true, "GET /metrics": true}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		started := time.Now()
		id := requestID(r.Header.Get("X-Request-Id"))
		w.Header().Set("X-Request-Id", id)
		r = r.WithContext(withRequestID(r.Context(), id))
		answer := &answer{ResponseWriter: w, status: http.StatusOK}
		if handler, pattern := mux.Handler(r); pattern == "" || path.Clean(r.URL.Path) != r.URL.Path {
			refuseRoute(answer, r, handler)
		} else {
			mux.ServeHTTP(answer, r)
		}
		// The pattern and not the path: a path may hold anything, and would make a series of its own each time.
		a.metrics.add(fmt.Sprintf("http_requests_total{route=%q,status=\"%d\"}", r.Pattern, answer.status), 1)
		if !quiet[r.Pattern] {
			a.log.Info("request", "request", id, "method", r.Method, "route", r.Pattern, "status", answer.status,
				"ms", milliseconds(started))
		}
	})
}

func (a *API) issue(w http.ResponseWriter, r *http.Request) {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		refuse(w, http.StatusUnsupportedMediaType, "content-type: allowed is application/json")
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, bodyLimit))
	if err != nil {
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			// The rest of the body is not worth reading.
			w.Header().Set("Connection", "close")
			refuse(w, http.StatusRequestEntityTooLarge, fmt.Sprintf("body: allowed are %d bytes", bodyLimit))
			return
		}
		refuse(w, http.StatusBadRequest, "body: broke off")
		return
	}
	order, faults := readOrder(body)
	if len(faults) > 0 {
		refuse(w, http.StatusBadRequest, faults...)
		return
	}
	ticket, created, err := a.store.Issue(r.Context(), order)
	switch {
	case errors.Is(err, ErrOtherOrder):
		refuse(w, http.StatusConflict, "booking: "+err.Error())
	case errors.Is(err, ErrFull):
		refuse(w, http.StatusServiceUnavailable, err.Error())
	case err != nil:
		a.fail(w, r, err)
	case created:
		w.Header().Set("Location", "/tickets/"+ticket.ID)
		reply(w, http.StatusCreated, ticket)
	default:
		reply(w, http.StatusOK, ticket)
	}
}

func (a *API) find(w http.ResponseWriter, r *http.Request) {
	a.show(w, r, "id", func() (Ticket, error) { return a.store.Find(r.Context(), r.PathValue("id")) })
}

// findByBooking is for whoever booked: a ticket is issued later, by an event, and only its booking is known until then. The id of a
// booking cannot be guessed.
func (a *API) findByBooking(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	if len(query) != 1 || len(query["booking"]) != 1 {
		refuse(w, http.StatusBadRequest, "query: allowed is one booking, and nothing else")
		return
	}
	a.show(w, r, "booking", func() (Ticket, error) { return a.store.FindByBooking(r.Context(), query.Get("booking")) })
}

// show shows a ticket to its holder. Of somebody else's it does not even say that it is there.
func (a *API) show(w http.ResponseWriter, r *http.Request, by string, find func() (Ticket, error)) {
	caller, known := callerOf(r, a.signIn)
	if !known {
		refuse(w, http.StatusUnauthorized, "holder: sign in")
		return
	}
	ticket, err := find()
	if err == nil && !caller.mayRead(ticket) {
		err = ErrNotFound
	}
	switch {
	case errors.Is(err, ErrNotFound):
		refuse(w, http.StatusNotFound, by+": "+err.Error())
	case err != nil:
		a.fail(w, r, err)
	default:
		reply(w, http.StatusOK, ticket)
	}
}

func (a *API) version(w http.ResponseWriter, _ *http.Request) {
	reply(w, http.StatusOK, map[string]string{"service": "ticket", "commit": commit, "change": strings.TrimSpace(change)})
}

func (a *API) healthy(w http.ResponseWriter, _ *http.Request) {
	reply(w, http.StatusOK, map[string]string{"status": "ok"})
}

// ready says no while the service shuts down, so that no new requests are sent here.
func (a *API) ready(w http.ResponseWriter, _ *http.Request) {
	if a.draining.Load() {
		reply(w, http.StatusServiceUnavailable, map[string]string{"status": "shutting down"})
		return
	}
	reply(w, http.StatusOK, map[string]string{"status": "ready"})
}

func (a *API) showMetrics(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	a.metrics.write(w)
}

// fail answers a failure of the store: the reason is for the log, not for the caller.
func (a *API) fail(w http.ResponseWriter, r *http.Request, err error) {
	a.log.Error("store", "request", requestIDOf(r.Context()), "error", err)
	if errors.Is(err, ErrAway) {
		w.Header().Set("Retry-After", "1")
		refuse(w, http.StatusServiceUnavailable, ErrAway.Error())
		return
	}
	refuse(w, http.StatusInternalServerError, "internal error")
}

// refuseRoute answers a path that there is not, or not by this method. The mux would say so in plain text, and redirect a path that is not
// clean: nobody is sent to one.
func refuseRoute(w http.ResponseWriter, r *http.Request, handler http.Handler) {
	plain := &unsent{header: http.Header{}}
	handler.ServeHTTP(plain, r)
	if allowed := plain.header.Get("Allow"); plain.status == http.StatusMethodNotAllowed && allowed != "" {
		w.Header().Set("Allow", allowed)
		refuse(w, http.StatusMethodNotAllowed, "method: allowed is "+allowed)
		return
	}
	refuse(w, http.StatusNotFound, "path: there is nothing")
}

func refuse(w http.ResponseWriter, status int, faults ...string) {
	reply(w, status, map[string][]string{"errors": faults})
}

func reply(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	// What fails here is the connection; the server notices that by itself.
	_ = json.NewEncoder(w).Encode(value)
}

// answer remembers the status that was sent.
type answer struct {
	http.ResponseWriter
	status int
}

func (a *answer) WriteHeader(status int) {
	a.status = status
	a.ResponseWriter.WriteHeader(status)
}

// unsent is an answer that nobody gets.
type unsent struct {
	header http.Header
	status int
}

func (u *unsent) Header() http.Header { return u.header }

func (u *unsent) Write(body []byte) (int, error) { return len(body), nil }

func (u *unsent) WriteHeader(status int) { u.status = status }

// milliseconds since a moment, as logs have them.
func milliseconds(since time.Time) float64 {
	return float64(time.Since(since).Microseconds()) / 1000
}
