package main

import (
	"bufio"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// What is sent byte by byte, because clients do not let one send it, and what has to come back.
func TestRefusalsHaveOneForm(t *testing.T) {
	url, _, _ := start(t, Config{Tickets: 1, Key: testKey})
	const head = "Host: ticket\r\n"
	post := func(headers, body string) string {
		return "POST /tickets HTTP/1.1\r\n" + head + headers + "\r\n" + body
	}
	const kind = "Content-Type: application/json\r\n"
	tests := []struct {
		name, sent string
		status     int
		fault      string
	}{
		{"a path that there is not", "GET / HTTP/1.1\r\n" + head + "\r\n", 404, "path: there is nothing"},
		{"a path below a ticket", "GET /tickets/a/b HTTP/1.1\r\n" + head + "\r\n", 404, "path: there is nothing"},
		{"a path that is not clean", "GET //tickets/../version HTTP/1.1\r\n" + head + "\r\n", 404, "path: there is nothing"},
		{"a path that is not clean, encoded", "GET /tickets/%2e%2e/version HTTP/1.1\r\n" + head + "\r\n", 404, "path: there is nothing"},
		{"a slash at the end", "GET /version/ HTTP/1.1\r\n" + head + "\r\n", 404, "path: there is nothing"},
		{"a ticket of no text", "GET /tickets/%ff%00 HTTP/1.1\r\n" + head + "\r\n", 404, "id: no such ticket"},
		{"another method", "DELETE /tickets HTTP/1.1\r\n" + head + "\r\n", 405, "method: allowed is GET, HEAD, POST"},
		{"a method that is none", "BREW /version HTTP/1.1\r\n" + head + "\r\n", 405, "method: allowed is GET, HEAD"},
		{"bad percent-encoding", "GET /tickets/%zz HTTP/1.1\r\n" + head + "\r\n", 400, "request: bad request"},
		{"half of percent-encoding", "GET /tickets/% HTTP/1.1\r\n" + head + "\r\n", 400, "request: bad request"},
		{"bad percent-encoding in a query", "GET /tickets?booking=%zz HTTP/1.1\r\n" + head + "\r\n", 400, "query: allowed is one booking, and nothing else"},
		{"no request at all", "secret\r\n\r\n", 400, "request: bad request"},
		{"no host", "GET /version HTTP/1.1\r\n\r\n", 400, "request: bad request"},
		{"a length that is none", post(kind+"Content-Length: -1\r\n", ""), 400, "request: bad request"},
		{"another version", "GET / HTTP/9.9\r\n" + head + "\r\n", 505, "request: http version not supported"},
		{"an encoding that it does not know", post(kind+"Transfer-Encoding: gzip\r\n", ""), 501, "request: not implemented"},
		{"headers without an end", "GET /version HTTP/1.1\r\n" + head + "X: " + strings.Repeat("x", 64<<10), 431, "request: request header fields too large"},
		{"no content type", post("Content-Length: 2\r\n", "{}"), 415, "content-type: allowed is application/json"},
		{"another content type", post("Content-Type: text/plain\r\nContent-Length: 2\r\n", "{}"), 415, "content-type: allowed is application/json"},
		{"no body", post(kind, ""), 400, "body: allowed is one JSON object"},
		{"half a body", post(kind+"Content-Length: 400\r\n", good), 400, "body: broke off"},
		{"half a body in chunks", post(kind+"Transfer-Encoding: chunked\r\n", "400\r\n"+good), 400, "body: broke off"},
		{"a long body", post(kind+"Content-Length: 5000\r\n", strings.Repeat("x", 5000)), 413, "body: allowed are 4096 bytes"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			_ = conn.SetDeadline(time.Now().Add(time.Minute))
			if _, err := io.WriteString(conn, test.sent); err != nil {
				t.Fatal(err)
			}
			if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
				t.Fatal(err)
			}
			answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatal(err)
			}
			var body struct{ Errors []string }
			if err := json.NewDecoder(answer.Body).Decode(&body); err != nil {
				t.Fatal(answer.Status, err)
			}
			if answer.StatusCode != test.status || len(body.Errors) != 1 || body.Errors[0] != test.fault {
				t.Errorf("%s %q", answer.Status, body.Errors)
			}
			if kind, sniff := answer.Header.Get("Content-Type"), answer.Header.Get("X-Content-Type-Options"); kind != "application/json" || sniff != "nosniff" {
				t.Errorf("%q %q", kind, sniff)
			}
		})
	}
}
