package main

import (
	"context"
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
	url, stop, done := start(t, Config{Drain: 2 * time.Second, Grace: time.Minute, Tickets: 1})
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
	url, stop, done := start(t, Config{Grace: 50 * time.Millisecond, Tickets: 1})
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

func TestConfig(t *testing.T) {
	tests := []struct {
		drain string
		want  time.Duration
		words string
	}{
		{"", 5 * time.Second, ""},
		{"0s", 0, ""},
		{"15s", 15 * time.Second, ""},
		{"16s", 0, `DRAIN: "16s" was given, allowed is a duration from 0s to 15s`},
		{"-1s", 0, "allowed is"},
		{"soon", 0, "allowed is"},
	}
	for _, test := range tests {
		config, err := configOf(func(name string) string {
			return map[string]string{"DRAIN": test.drain, "ADDRESS": ""}[name]
		})
		if test.words == "" && (err != nil || config.Drain != test.want || config.Address != ":8080") {
			t.Errorf("%q: %+v %v", test.drain, config, err)
		}
		if test.words != "" && (err == nil || !strings.Contains(err.Error(), test.words)) {
			t.Errorf("%q: %v", test.drain, err)
		}
	}
}
