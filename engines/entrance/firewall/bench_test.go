package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"

	corazahttp "github.com/corazawaf/coraza/v3/http"
)

// What the rules take of a request, without the network: go test -bench . ./firewall
func BenchmarkLookup(b *testing.B) { bench(b, "GET", "/api/tickets/aaaaaaaaaaaaaaaaaaaaaaaaaa", "") }
func BenchmarkHold(b *testing.B) {
	bench(b, "POST", "/api/holds", `{"show":"arirang","seat":"A-1","token":"kq3V-7_hZ0.MTc5NjA0OTczMQ.8_rY2x-dQ"}`)
}

func bench(b *testing.B, method, path, body string) {
	rules, err := newRules(config{BasePath: "/api", MostBody: 1 << 16})
	if err != nil {
		b.Fatal(err)
	}
	handler := corazahttp.WrapHandler(rules, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusNotFound) }))
	token := "Bearer " + strings.Repeat("eyJhbGciOiJSUzI1NiIsImtpZCI6IkRUb1RkSjV4UmtqUG1tMmsifQ", 12) + ".k1Qz_8xY-vT3mNpA"
	ask := func() {
		request := httptest.NewRequest(method, path, strings.NewReader(body))
		request.Header.Set("Authorization", token)
		request.Header.Set("Connection", "keep-alive")
		if body == "" {
			request.Body = http.NoBody
		} else {
			request.Header.Set("Content-Type", "application/json")
		}
		answer := httptest.NewRecorder()
		if handler.ServeHTTP(answer, request); answer.Code != http.StatusNotFound {
			b.Fatal(answer.Code)
		}
	}
	for range 200 {
		ask()
	}
	b.ReportAllocs()
	b.ResetTimer()
	before := processorTime()
	for range b.N {
		ask()
	}
	b.ReportMetric(float64(processorTime()-before)/1000/float64(b.N), "processor-µs/op")
}

func processorTime() int64 {
	var used syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &used)
	return used.Utime.Nano() + used.Stime.Nano()
}
