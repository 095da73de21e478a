package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// configFor is the connection to a server of a test, as the platform sets it.
func configFor(t *testing.T, address string) *pgxpool.Config {
	t.Helper()
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	config, err := postgresConfig(fmt.Sprintf(
		"host=%s port=%s user=prod_ticket password=secret dbname=prod_ticket sslmode=disable target_session_attrs=read-write", host, port))
	if err != nil {
		t.Fatal(err)
	}
	return config
}

func newPostgres(t *testing.T, address string) (*Postgres, *Metrics) {
	t.Helper()
	metrics := &Metrics{}
	store, err := NewPostgres(configFor(t, address), testKey, metrics)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(store.Close)
	return store, metrics
}

func failures(metrics *Metrics) uint64 {
	metrics.mu.Lock()
	defer metrics.mu.Unlock()
	return metrics.of[postgresFailures]
}

func TestPostgresOfAFakeServer(t *testing.T) {
	testStore(t, func(t *testing.T) Store {
		store, _ := newPostgres(t, newFakePostgres(t).address())
		return store
	})
}

func TestPostgresBoundsWhatItAsks(t *testing.T) {
	fake := newFakePostgres(t)
	store, _ := newPostgres(t, fake.address())
	if _, _, err := store.Issue(context.Background(), someOrder); err != nil {
		t.Fatal(err)
	}
	said := fake.said()
	if said["statement_timeout"] != "2000" || said["user"] != "prod_ticket" || said["database"] != "prod_ticket" {
		t.Error(said)
	}
	config := store.pool.Config()
	if config.ConnConfig.ConnectTimeout != 2*time.Second || config.MaxConnLifetime != time.Minute || config.MaxConns != 4 {
		t.Errorf("%v %v %d", config.ConnConfig.ConnectTimeout, config.MaxConnLifetime, config.MaxConns)
	}
}

func TestPostgresFollowsTheWriter(t *testing.T) {
	fake := newFakePostgres(t)
	store, metrics := newPostgres(t, fake.address())
	ctx := context.Background()
	first, _, err := store.Issue(ctx, someOrder)
	if err != nil {
		t.Fatal(err)
	}
	fake.demote()
	other := someOrder
	other.Booking = "b-2"
	if _, created, err := store.Issue(ctx, other); err != nil || !created {
		t.Errorf("the same name leads to the new writer: %v %v", created, err)
	}
	if fake.connections() != 2 || failures(metrics) != 0 {
		t.Errorf("%d connections, %d failures", fake.connections(), failures(metrics))
	}
	if found, err := store.Find(ctx, first.ID); err != nil || found != first {
		t.Errorf("%+v %v", found, err)
	}
}

func TestPostgresWithoutAWriterIsAway(t *testing.T) {
	fake := newFakePostgres(t)
	store, metrics := newPostgres(t, fake.address())
	ctx := context.Background()
	if _, _, err := store.Issue(ctx, someOrder); err != nil {
		t.Fatal(err)
	}
	fake.set(func(f *fakePostgres) { f.standby = true })
	fake.demote()
	other := someOrder
	other.Booking = "b-2"
	if _, _, err := store.Issue(ctx, other); !errors.Is(err, ErrAway) {
		t.Errorf("no writer anywhere: %v", err)
	}
	if failures(metrics) != 1 {
		t.Errorf("%d failures", failures(metrics))
	}
	fake.set(func(f *fakePostgres) { f.standby = false })
	if _, created, err := store.Issue(ctx, other); err != nil || !created {
		t.Errorf("after the promotion: %v %v", created, err)
	}
}

func TestPostgresComesBack(t *testing.T) {
	fake := newFakePostgres(t)
	store, _ := newPostgres(t, fake.address())
	ctx := context.Background()
	first, _, err := store.Issue(ctx, someOrder)
	if err != nil {
		t.Fatal(err)
	}
	fake.disconnect()
	// The first call after that may find its connection closed; it must not take the second one with it.
	if _, err := store.Find(ctx, first.ID); err != nil && !errors.Is(err, ErrAway) {
		t.Error(err)
	}
	if found, err := store.Find(ctx, first.ID); err != nil || found != first {
		t.Errorf("%+v %v", found, err)
	}
}

func TestPostgresAway(t *testing.T) {
	for _, code := range []string{"57P01", "57P03", "57014", "53300", "08006", "40001", "25006", "28P01", "3D000", "XX000"} {
		t.Run(code, func(t *testing.T) { testFailure(t, code, true) })
	}
	t.Run("nobody listens", func(t *testing.T) {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		listener.Close()
		store, metrics := newPostgres(t, listener.Addr().String())
		if _, _, err := store.Issue(context.Background(), someOrder); !errors.Is(err, ErrAway) || failures(metrics) != 1 {
			t.Errorf("%v, %d failures", err, failures(metrics))
		}
	})
	t.Run("nobody answers", func(t *testing.T) {
		fake := newFakePostgres(t)
		fake.set(func(f *fakePostgres) { f.silent = true })
		store, _ := newPostgres(t, fake.address())
		started := time.Now()
		_, err := store.Find(context.Background(), "x")
		if took := time.Since(started); !errors.Is(err, ErrAway) || took > connectTimeout+statementTimeout+2*time.Second {
			t.Errorf("%v after %s", err, took)
		}
	})
}

func TestPostgresFailsForAFaultOfOurs(t *testing.T) {
	for _, code := range []string{"42P01", "42501", "22021", "23502"} {
		t.Run(code, func(t *testing.T) { testFailure(t, code, false) })
	}
}

func testFailure(t *testing.T, code string, away bool) {
	fake := newFakePostgres(t)
	fake.set(func(f *fakePostgres) { f.fails = code })
	store, metrics := newPostgres(t, fake.address())
	ctx := context.Background()
	_, _, issued := store.Issue(ctx, someOrder)
	_, found := store.FindByBooking(ctx, "b-1")
	for _, err := range []error{issued, found} {
		if err == nil || errors.Is(err, ErrAway) != away || errors.Is(err, ErrNotFound) {
			t.Error(err)
		}
	}
	if failures(metrics) != 2 {
		t.Errorf("%d failures", failures(metrics))
	}
}

func TestPostgresDoesNotCountWhoHangsUp(t *testing.T) {
	store, metrics := newPostgres(t, newFakePostgres(t).address())
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := store.Find(ctx, "x"); err == nil || failures(metrics) != 0 {
		t.Errorf("%v, %d failures", err, failures(metrics))
	}
}
