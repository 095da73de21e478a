package main

import (
	"cmp"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"
	"github.com/jackc/pgx/v5/pgtype"
)

// fakePostgres speaks the server's side of PostgreSQL's protocol, and knows the statements of the service by their text. What the
// statements mean is for the tests with an engine; here it is what happens between the service and its server.
type fakePostgres struct {
	listener net.Listener

	mu sync.Mutex
	// By booking, in the order of the columns: booking, id, show, seat, holder, issued_at.
	rows map[string][]string
	// standby: connections that are made from now on lead to a server that takes no writes.
	standby bool
	// fails is a SQLSTATE that every statement fails with.
	fails string
	// silent servers take connections, and never answer.
	silent bool
	// What clients said at their start, and what is open.
	startups []map[string]string
	sessions []*session
}

type session struct {
	net.Conn
	standby bool
}

func newFakePostgres(t *testing.T) *fakePostgres {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	fake := &fakePostgres{listener: listener, rows: map[string][]string{}}
	t.Cleanup(func() {
		listener.Close()
		fake.disconnect()
	})
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go fake.talk(conn)
		}
	}()
	return fake
}

// set changes what the server does.
func (f *fakePostgres) set(change func(*fakePostgres)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change(f)
}

// demote makes a standby of the server that open connections lead to. New ones lead to a writer.
func (f *fakePostgres) demote() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, session := range f.sessions {
		session.standby = true
	}
}

// disconnect ends all connections, as a server that is killed.
func (f *fakePostgres) disconnect() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, session := range f.sessions {
		session.Close()
	}
	f.sessions = nil
}

func (f *fakePostgres) connections() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.startups)
}

// said returns what the client of the first connection said at its start.
func (f *fakePostgres) said() map[string]string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.startups[0]
}

func (f *fakePostgres) address() string { return f.listener.Addr().String() }

func (f *fakePostgres) talk(conn net.Conn) {
	defer conn.Close()
	f.mu.Lock()
	session := &session{Conn: conn, standby: f.standby}
	f.sessions = append(f.sessions, session)
	f.mu.Unlock()
	backend := pgproto3.NewBackend(conn, conn)
	first, err := backend.ReceiveStartupMessage()
	startup, ok := first.(*pgproto3.StartupMessage)
	if err != nil || !ok {
		return
	}
	f.mu.Lock()
	f.startups = append(f.startups, startup.Parameters)
	silent := f.silent
	f.mu.Unlock()
	if silent {
		_, _ = backend.Receive()
		return
	}
	backend.Send(&pgproto3.AuthenticationOk{})
	ready := &pgproto3.ReadyForQuery{TxStatus: 'I'}
	backend.Send(ready)
	var statement string
	var args []string
	for backend.Flush() == nil {
		message, err := backend.Receive()
		if err != nil {
			return
		}
		switch message := message.(type) {
		case *pgproto3.Query:
			f.answer(backend, session, message.String, nil)
			backend.Send(ready)
		case *pgproto3.Parse:
			statement = message.Query
		case *pgproto3.Bind:
			args = nil
			for _, value := range message.Parameters {
				args = append(args, string(value))
			}
		case *pgproto3.Sync:
			backend.Send(&pgproto3.ParseComplete{})
			backend.Send(&pgproto3.BindComplete{})
			f.answer(backend, session, statement, args)
			backend.Send(ready)
		case *pgproto3.Terminate:
			return
		}
	}
}

func (f *fakePostgres) answer(backend *pgproto3.Backend, session *session, statement string, args []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	onOff := map[bool]string{true: "on", false: "off"}
	trueFalse := map[bool]string{true: "t", false: "f"}
	switch statement {
	case "-- ping":
		backend.Send(&pgproto3.EmptyQueryResponse{})
		return
	case "show transaction_read_only":
		sendRow(backend, []uint32{pgtype.TextOID}, []string{onOff[session.standby]})
		return
	case "select pg_is_in_recovery()":
		sendRow(backend, []uint32{pgtype.BoolOID}, []string{trueFalse[session.standby]})
		return
	}
	code := f.fails
	if statement == insertTicket && session.standby {
		code = cmp.Or(code, "25006")
	}
	if code != "" {
		backend.Send(&pgproto3.ErrorResponse{Severity: "ERROR", SeverityUnlocalized: "ERROR", Code: code, Message: "on purpose"})
		return
	}
	columns := []uint32{pgtype.TextOID, pgtype.TextOID, pgtype.TextOID, pgtype.TextOID, pgtype.TextOID, pgtype.TimestamptzOID}
	sendRow(backend, columns, f.run(statement, args))
}

// run returns the row that a statement of the store returns, or nil.
func (f *fakePostgres) run(statement string, args []string) []string {
	switch statement {
	case insertTicket:
		if f.rows[args[0]] != nil {
			return nil
		}
		f.rows[args[0]] = append(args, time.Now().UTC().Truncate(time.Millisecond).Format("2006-01-02 15:04:05.999-07"))
		return f.rows[args[0]]
	case ticketByBooking:
		return f.rows[args[0]]
	case ticketByID:
		for _, row := range f.rows {
			if row[1] == args[0] {
				return row
			}
		}
	}
	return nil
}

func sendRow(backend *pgproto3.Backend, types []uint32, row []string) {
	description := &pgproto3.RowDescription{}
	for _, oid := range types {
		description.Fields = append(description.Fields, pgproto3.FieldDescription{Name: []byte("column"), DataTypeOID: oid, DataTypeSize: -1, TypeModifier: -1})
	}
	backend.Send(description)
	if row != nil {
		values := &pgproto3.DataRow{}
		for _, value := range row {
			values.Values = append(values.Values, []byte(value))
		}
		backend.Send(values)
	}
	backend.Send(&pgproto3.CommandComplete{CommandTag: []byte("SELECT 1")})
}
