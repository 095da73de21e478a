package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// families are the metrics of the service, in the order in which they are shown.
var families = []struct{ name, kind, help string }{
	{"http_requests_total", "counter", "Requests answered, by route and status."},
	{"events_total", "counter", "Events of bookings that are done with, by result."},
	{"store_failures_total", "counter", "Calls of a store that failed, by store."},
}

// Metrics are what GET /metrics shows. Names and labels are the service's own, so there are only so many.
type Metrics struct {
	mu sync.Mutex
	// By series, as Prometheus writes it: name{label="value"}.
	of map[string]uint64
	// When the event that is in hand was sent, in milliseconds of the epoch; 0 while there is none.
	sent atomic.Int64
}

// add raises a counter. By 0 it shows one that has not counted yet, so that its first step can be seen.
func (m *Metrics) add(series string, by uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.of == nil {
		m.of = map[string]uint64{}
	}
	m.of[series] += by
}

// take records when the event was sent that is now in hand.
func (m *Metrics) take(sent time.Time) { m.sent.Store(sent.UnixMilli()) }

// release records that no event is in hand any more.
func (m *Metrics) release() { m.sent.Store(0) }

// lag is the age of the event in hand. It grows while an event waits for the database.
func (m *Metrics) lag() time.Duration {
	sent := m.sent.Load()
	if sent == 0 {
		return 0
	}
	return max(0, time.Since(time.UnixMilli(sent)))
}

// write writes all metrics as Prometheus reads them.
func (m *Metrics) write(w io.Writer) {
	m.mu.Lock()
	of := maps.Clone(m.of)
	m.mu.Unlock()
	series := slices.Sorted(maps.Keys(of))
	for _, family := range families {
		head(w, family.name, family.kind, family.help)
		for _, one := range series {
			if strings.HasPrefix(one, family.name+"{") {
				fmt.Fprintf(w, "%s %d\n", one, of[one])
			}
		}
	}
	head(w, "event_lag_seconds", "gauge", "Age of the event in hand, 0 while there is none.")
	fmt.Fprintf(w, "event_lag_seconds %g\n", m.lag().Seconds())
	head(w, "build_info", "gauge", "The commit this service was built from.")
	fmt.Fprintf(w, "build_info{service=\"ticket\",commit=%q} 1\n", commit)
}

func head(w io.Writer, name, kind, help string) {
	fmt.Fprintf(w, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind)
}
