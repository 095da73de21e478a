package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
)

// jsonListener gives connections on which the refusals of net/http itself have the form of all others. They are of requests that it cannot
// read, and it offers no other place to change them: it writes them, as plain text and in one piece, to the connection.
type jsonListener struct{ net.Listener }

// Accept implements net.Listener.
func (l jsonListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return jsonConn{conn}, nil
}

type jsonConn struct{ net.Conn }

// plainHeaders are all that net/http sends with such a refusal. No answer of this service has them.
const plainHeaders = "\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n"

// Write implements net.Conn.
func (c jsonConn) Write(piece []byte) (int, error) {
	status, ok := plainStatus(piece)
	if !ok {
		return c.Conn.Write(piece)
	}
	phrase := http.StatusText(status)
	body, err := json.Marshal(map[string][]string{"errors": {"request: " + strings.ToLower(phrase)}})
	if err != nil {
		return 0, err
	}
	if _, err := fmt.Fprintf(c.Conn, "HTTP/1.1 %d %s\r\nContent-Type: application/json\r\nX-Content-Type-Options: nosniff\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s",
		status, phrase, len(body), body); err != nil {
		return 0, err
	}
	return len(piece), nil
}

// plainStatus returns the status of such a refusal.
func plainStatus(piece []byte) (status int, ok bool) {
	line, _, ok := bytes.Cut(piece, []byte(plainHeaders))
	if !ok || bytes.ContainsAny(line, "\r\n") {
		return 0, false
	}
	code, isHTTP := bytes.CutPrefix(line, []byte("HTTP/1.1 "))
	if !isHTTP || len(code) < 3 {
		return 0, false
	}
	status, err := strconv.Atoi(string(code[:3]))
	return status, err == nil && http.StatusText(status) != ""
}

// CloseWrite lets net/http close a connection so that its answer still arrives.
func (c jsonConn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}
