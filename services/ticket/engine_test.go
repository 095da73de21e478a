//go:build engine

package main

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// engineConfig is a connection to the engine that the environment names, into an empty schema of this test's own.
func engineConfig(t *testing.T) *pgxpool.Config {
	t.Helper()
	config, faults := databaseOf()
	if len(faults) > 0 {
		t.Fatalf("these tests need an engine: %s", strings.Join(faults, "; "))
	}
	schema := "test_" + strings.ToLower(rand.Text())
	execute(t, config, "create schema "+schema)
	t.Cleanup(func() { execute(t, config, "drop schema "+schema+" cascade") })
	own := config.Copy()
	own.ConnConfig.RuntimeParams["search_path"] = schema
	return own
}

func execute(t *testing.T, config *pgxpool.Config, statement string, args ...any) {
	t.Helper()
	ctx := context.Background()
	conn, err := pgx.ConnectConfig(ctx, config.ConnConfig)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, statement, args...); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func migrated(t *testing.T) *pgxpool.Config {
	t.Helper()
	config := engineConfig(t)
	if err := migrate(context.Background(), config.ConnConfig, 10*time.Second, silent); err != nil {
		t.Fatal(err)
	}
	return config
}

func storeOn(t *testing.T, config *pgxpool.Config) (*Postgres, *Metrics) {
	t.Helper()
	metrics := &Metrics{}
	store, err := NewPostgres(config, testKey, metrics)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(store.Close)
	return store, metrics
}

func TestPostgresEngine(t *testing.T) {
	testStore(t, func(t *testing.T) Store {
		store, _ := storeOn(t, migrated(t))
		return store
	})
}

func TestEngineKeepsTickets(t *testing.T) {
	config := migrated(t)
	first, _ := storeOn(t, config)
	ticket, _, err := first.Issue(context.Background(), someOrder)
	if err != nil {
		t.Fatal(err)
	}
	second, _ := storeOn(t, config)
	if found, err := second.FindByBooking(context.Background(), someOrder.Booking); err != nil || found != ticket {
		t.Errorf("%+v %v", found, err)
	}
}

func TestEngineThatIsReadOnlyIsAway(t *testing.T) {
	config := migrated(t)
	config.ConnConfig.ValidateConnect = nil
	config.ConnConfig.RuntimeParams["default_transaction_read_only"] = "on"
	store, metrics := storeOn(t, config)
	if _, _, err := store.Issue(context.Background(), someOrder); !errors.Is(err, ErrAway) || failures(metrics) != 1 {
		t.Errorf("%v, %d failures", err, failures(metrics))
	}
	if _, err := store.FindByBooking(context.Background(), someOrder.Booking); !errors.Is(err, ErrNotFound) {
		t.Errorf("it can be read: %v", err)
	}
}

func TestEngineEndsConnections(t *testing.T) {
	config := migrated(t)
	config.ConnConfig.RuntimeParams["application_name"] = "to be ended"
	store, _ := storeOn(t, config)
	ctx := context.Background()
	ticket, _, err := store.Issue(ctx, someOrder)
	if err != nil {
		t.Fatal(err)
	}
	other := config.Copy()
	other.ConnConfig.RuntimeParams["application_name"] = "ends"
	execute(t, other, "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'to be ended'")
	// Idle for longer than this, a connection is looked at before it is used.
	time.Sleep(1100 * time.Millisecond)
	if found, err := store.Find(ctx, ticket.ID); err != nil || found != ticket {
		t.Errorf("%+v %v", found, err)
	}
}

func TestEngineEndsWhatTakesTooLong(t *testing.T) {
	config := migrated(t)
	store, _ := storeOn(t, config)
	ctx := context.Background()
	conn, err := pgx.ConnectConfig(ctx, config.ConnConfig)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	lock, err := conn.Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lock.Exec(ctx, "lock table tickets in access exclusive mode"); err != nil {
		t.Fatal(err)
	}
	started := time.Now()
	_, _, err = store.Issue(ctx, someOrder)
	if took := time.Since(started); !errors.Is(err, ErrAway) || !strings.Contains(err.Error(), "57014") || took < statementTimeout || took > connectTimeout+statementTimeout {
		t.Errorf("%v after %s", err, took)
	}
	if err := lock.Rollback(ctx); err != nil {
		t.Fatal(err)
	}
	if _, created, err := store.Issue(ctx, someOrder); err != nil || !created {
		t.Errorf("%v %v", created, err)
	}
}

func TestEngineWithoutMigrationsFails(t *testing.T) {
	store, _ := storeOn(t, engineConfig(t))
	if _, err := store.Find(context.Background(), "x"); err == nil || errors.Is(err, ErrAway) || errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
}

// Replicas of several regions may be released at once.
func TestEngineIsMigratedOnce(t *testing.T) {
	config := engineConfig(t)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			if err := migrate(context.Background(), config.ConnConfig, 30*time.Second, silent); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	store, _ := storeOn(t, config)
	if _, created, err := store.Issue(context.Background(), someOrder); err != nil || !created {
		t.Errorf("%v %v", created, err)
	}
}

// After a rollback the release before finds a migration that it does not know.
func TestEngineOfTheNextRelease(t *testing.T) {
	config := migrated(t)
	execute(t, config, "insert into goose_db_version (version_id, is_applied) values (99999, true)")
	if err := migrate(context.Background(), config.ConnConfig, 10*time.Second, silent); err != nil {
		t.Error(err)
	}
}

// What was issued for an event before a failover, and is lost with the region, is issued again with the same id.
func TestEngineIssuesTheSameIDAgain(t *testing.T) {
	ids := map[string]bool{}
	for range 2 {
		store, _ := storeOn(t, migrated(t))
		ticket, created, err := store.Issue(context.Background(), someOrder)
		if err != nil || !created {
			t.Fatal(created, err)
		}
		ids[ticket.ID] = true
	}
	if len(ids) != 1 {
		t.Error(ids)
	}
}
