package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	insertTicket = `insert into tickets (booking, id, show, seat, holder) values ($1, $2, $3, $4, $5)
		on conflict (booking) do nothing returning booking, id, show, seat, holder, issued_at`
	ticketByID      = `select booking, id, show, seat, holder, issued_at from tickets where id = $1`
	ticketByBooking = `select booking, id, show, seat, holder, issued_at from tickets where booking = $1`
)

const (
	// connectTimeout bounds what PGCONNECT_TIMEOUT does not.
	connectTimeout   = 2 * time.Second
	statementTimeout = 2 * time.Second
)

const postgresFailures = `store_failures_total{store="postgres"}`

// Postgres keeps tickets in a database, which has a copy in another region. Only one of both takes writes, and which one may change at
// any time. Then connections are made anew, to whoever answers by the same name.
type Postgres struct {
	pool    *pgxpool.Pool
	key     []byte
	metrics *Metrics
	// callTimeout bounds a call as a whole, because the server's limit of a statement is of no use where the network swallows packets.
	callTimeout time.Duration
}

// postgresConfig reads a connection string of libpq, and the variables of libpq for what it leaves out.
func postgresConfig(connection string) (*pgxpool.Config, error) {
	config, err := pgxpool.ParseConfig(connection)
	if err != nil {
		return nil, err
	}
	config.MaxConns = 4
	// A name that leads to another server is looked up again within this.
	config.MaxConnLifetime = time.Minute
	if os.Getenv("PGCONNECT_TIMEOUT") == "" {
		// pgx would wait for two minutes.
		config.ConnConfig.ConnectTimeout = connectTimeout
	}
	config.ConnConfig.RuntimeParams["application_name"] = "ticket"
	config.ConnConfig.RuntimeParams["statement_timeout"] = strconv.FormatInt(statementTimeout.Milliseconds(), 10)
	// Without prepared statements: a migration may change what they return, and each connection would fail once.
	config.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeExec
	return config, nil
}

// NewPostgres returns a store on a database with all migrations. It connects at the first call, so the service starts without it.
func NewPostgres(config *pgxpool.Config, key []byte, metrics *Metrics) (*Postgres, error) {
	pool, err := pgxpool.NewWithConfig(context.Background(), config)
	if err != nil {
		return nil, err
	}
	metrics.add(postgresFailures, 0)
	return &Postgres{pool: pool, key: key, metrics: metrics, callTimeout: config.ConnConfig.ConnectTimeout + statementTimeout}, nil
}

// Close waits for calls that are under way.
func (p *Postgres) Close() { p.pool.Close() }

// Issue implements Store.
func (p *Postgres) Issue(ctx context.Context, order Order) (Ticket, bool, error) {
	ticket, err := p.one(ctx, insertTicket, order.Booking, idOf(p.key, order.Booking), order.Show, order.Seat, order.Holder)
	if err == nil {
		return ticket, true, nil
	}
	if !errors.Is(err, ErrNotFound) {
		return Ticket{}, false, err
	}
	ticket, err = p.FindByBooking(ctx, order.Booking)
	if err != nil {
		return Ticket{}, false, err
	}
	if !ticket.Order.is(order) {
		return Ticket{}, false, ErrOtherOrder
	}
	return ticket, false, nil
}

// Find implements Store.
func (p *Postgres) Find(ctx context.Context, id string) (Ticket, error) {
	return p.oneNamed(ctx, ticketByID, id)
}

// FindByBooking implements Store.
func (p *Postgres) FindByBooking(ctx context.Context, booking string) (Ticket, error) {
	return p.oneNamed(ctx, ticketByBooking, booking)
}

// oneNamed looks a ticket up by a text of a caller. What PostgreSQL cannot keep as text, no ticket is named by.
func (p *Postgres) oneNamed(ctx context.Context, statement, name string) (Ticket, error) {
	if !utf8.ValidString(name) || strings.ContainsRune(name, 0) {
		return Ticket{}, ErrNotFound
	}
	return p.one(ctx, statement, name)
}

// one returns the ticket that a statement returns, or ErrNotFound if it returns none.
func (p *Postgres) one(ctx context.Context, statement string, args ...any) (Ticket, error) {
	bounded, cancel := context.WithTimeout(ctx, p.callTimeout)
	defer cancel()
	ticket, err := p.query(bounded, statement, args)
	if readOnly(err) {
		// This connection leads to a server that is no writer any more; all of them may.
		p.pool.Reset()
		ticket, err = p.query(bounded, statement, args)
	}
	switch {
	case err == nil:
		return ticket, nil
	case errors.Is(err, pgx.ErrNoRows):
		return Ticket{}, ErrNotFound
	case ctx.Err() == nil:
		// A caller who hung up is no failure of the store.
		p.metrics.add(postgresFailures, 1)
	}
	if ours(err) {
		return Ticket{}, err
	}
	return Ticket{}, fmt.Errorf("%w: %w", ErrAway, err)
}

func (p *Postgres) query(ctx context.Context, statement string, args []any) (ticket Ticket, err error) {
	err = p.pool.QueryRow(ctx, statement, args...).Scan(
		&ticket.Booking, &ticket.ID, &ticket.Show, &ticket.Seat, &ticket.Holder, &ticket.IssuedAt)
	ticket.IssuedAt = ticket.IssuedAt.UTC()
	return ticket, err
}

// readOnly recognises the refusal of a server that has become a standby.
func readOnly(err error) bool {
	var refusal *pgconn.PgError
	return errors.As(err, &refusal) && refusal.Code == "25006"
}

// ours recognises errors of the service itself: wrong data, a violated constraint, a table or a right that is missing (SQLSTATE classes 22,
// 23, 42). Everything else passes by itself, sooner or later.
func ours(err error) bool {
	var refusal *pgconn.PgError
	if !errors.As(err, &refusal) || len(refusal.Code) != 5 {
		return false
	}
	class := refusal.Code[:2]
	return class == "22" || class == "23" || class == "42"
}
