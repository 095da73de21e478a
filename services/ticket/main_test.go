package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

func start(t *testing.T, config Config) (url string, stop func(), done chan error) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	done = make(chan error, 1)
	go func() { done <- serve(ctx, listener, config, silent) }()
	return "http://" + listener.Addr().String(), cancel, done
}

func status(t *testing.T, url string) int {
	t.Helper()
	answer, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	return answer.StatusCode
}

func TestShutdownDrains(t *testing.T) {
	// Far more grace than needed: a connection that the client opened and never used holds the end up for 5 s.
	url, stop, done := start(t, Config{Drain: 2 * time.Second, Grace: time.Minute, Tickets: 1, Key: testKey})
	if got := status(t, url+"/readyz"); got != http.StatusOK {
		t.Fatalf("ready: %d", got)
	}
	// A request whose body is still on its way when the signal comes.
	reader, writer := io.Pipe()
	answered := make(chan int, 1)
	go func() {
		answer, err := http.Post(url+"/tickets", "application/json", reader)
		if err != nil {
			answered <- 0
			return
		}
		answer.Body.Close()
		answered <- answer.StatusCode
	}()
	if _, err := io.WriteString(writer, good[:10]); err != nil {
		t.Fatal(err)
	}
	stop()
	for deadline := time.Now().Add(1500 * time.Millisecond); status(t, url+"/readyz") != http.StatusServiceUnavailable; {
		if time.Now().After(deadline) {
			t.Fatal("still ready")
		}
	}
	if got := status(t, url+"/version"); got != http.StatusOK {
		t.Errorf("while draining: %d", got)
	}
	time.Sleep(2200 * time.Millisecond)
	if _, err := io.WriteString(writer, good[10:]); err != nil {
		t.Fatal(err)
	}
	writer.Close()
	if got := <-answered; got != http.StatusCreated {
		t.Errorf("the request under way: %d", got)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	if _, err := http.Get(url + "/version"); err == nil {
		t.Error("still listening")
	}
}

func TestShutdownEnds(t *testing.T) {
	url, stop, done := start(t, Config{Grace: 50 * time.Millisecond, Tickets: 1, Key: testKey})
	connection, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	// It announces a body and never sends it.
	if _, err := io.WriteString(connection, "POST /tickets HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{"); err != nil {
		t.Fatal(err)
	}
	time.Sleep(50 * time.Millisecond)
	stop()
	select {
	case err := <-done:
		if err == nil {
			t.Error("a request was cut off without a word")
		}
	case <-time.After(5 * time.Second):
		t.Fatal("does not end")
	}
}

// The service as the platform runs it: events from Kafka, tickets in the database, and nobody posts orders.
func TestServiceOnItsStores(t *testing.T) {
	kafka, postgres := newFakeKafka(t), newFakePostgres(t)
	broker := kafka.config()
	url, stop, done := start(t, Config{Grace: time.Minute, Key: testKey, Postgres: configFor(t, postgres.address()), Kafka: &broker})
	kafka.send(t, "b-1", goodEvent)
	eventually(t, "a ticket of the booking", func() bool { return status(t, url+"/tickets?booking=b-1") == http.StatusOK })
	if got := status(t, url+"/tickets/cn2ydc5yyvu4o3ew7i62fez6ge"); got != http.StatusOK {
		t.Errorf("by id: %d", got)
	}
	if answer, err := http.Post(url+"/tickets", "application/json", strings.NewReader(good)); err != nil || answer.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("%+v %v", answer, err)
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// Without its stores it is ready, says 503, and tries again by itself.
func TestServiceWithoutItsStores(t *testing.T) {
	nobody := fmt.Sprint("127.0.0.1:", freePort(t))
	broker := Kafka{Brokers: []string{nobody}, Username: "x", Password: "x", Group: group, Bookings: bookings, Refused: refused}
	url, stop, done := start(t, Config{Grace: time.Minute, Key: testKey, Postgres: configFor(t, nobody), Kafka: &broker})
	for path, want := range map[string]int{"/healthz": 200, "/readyz": 200, "/version": 200, "/tickets/x": 503, "/tickets?booking=b-1": 503} {
		if got := status(t, url+path); got != want {
			t.Errorf("%s: %d, want %d", path, got, want)
		}
	}
	eventually(t, "failures of both", func() bool {
		answer, err := http.Get(url + "/metrics")
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		text, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Contains(string(text), postgresFailures+" 2\n") && !strings.Contains(string(text), kafkaFailures+" 0\n")
	})
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
