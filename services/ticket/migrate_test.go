package main

import (
	"context"
	"io/fs"
	"log/slog"
	"net"
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestMigrateLeavesAStandbyToItsWriter(t *testing.T) {
	fake := newFakePostgres(t)
	fake.set(func(f *fakePostgres) { f.standby = true })
	var lines strings.Builder
	config := configFor(t, fake.address())
	if err := migrate(context.Background(), config.ConnConfig, time.Second, slog.New(slog.NewJSONHandler(&lines, nil))); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(lines.String(), "the database is a standby") {
		t.Error(lines.String())
	}
	if said := fake.said(); said["statement_timeout"] != "0" || said["lock_timeout"] != "5000" {
		t.Error(said)
	}
	if config.ConnConfig.ValidateConnect == nil {
		t.Error("the store's own connections would not look for the writer any more")
	}
}

func TestMigrateWaitsForTheDatabase(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
	started := time.Now()
	err = migrate(context.Background(), configFor(t, listener.Addr().String()).ConnConfig, 1200*time.Millisecond, silent)
	if err == nil || !strings.Contains(err.Error(), "database: no answer within 1.2s") || !strings.Contains(err.Error(), "connection refused") {
		t.Error(err)
	}
	if took := time.Since(started); took < 1200*time.Millisecond || took > 10*time.Second {
		t.Errorf("it waited %s", took)
	}
}

func TestMigrateFails(t *testing.T) {
	fake := newFakePostgres(t)
	fake.set(func(f *fakePostgres) { f.fails = "42501" })
	if err := migrate(context.Background(), configFor(t, fake.address()).ConnConfig, time.Second, silent); err == nil {
		t.Error("nothing was migrated, and nobody was told")
	}
}

// A release goes on while the next one's migrations are made, so these do nothing that it would notice.
func TestMigrationsAreCompatibleWithTheReleaseBefore(t *testing.T) {
	breaking := regexp.MustCompile(`(?i)\b(drop|rename|truncate)\b|\balter\s+column\b|\bset\s+not\s+null\b`)
	names := 0
	err := fs.WalkDir(migrations, "migrations", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		names++
		text, err := migrations.ReadFile(path)
		if err != nil {
			return err
		}
		if !regexp.MustCompile(`^migrations/\d{5}_[a-z_]+\.sql$`).MatchString(path) || !strings.HasPrefix(string(text), "-- +goose Up\n") {
			t.Errorf("%s: allowed is NNNNN_what_it_does.sql that begins with -- +goose Up", path)
		}
		if found := breaking.Find(text); found != nil && !strings.Contains(string(text), "-- unused since ") {
			t.Errorf("%s: %s: the release before may use it; if none does, say so: -- unused since COMMIT", path, found)
		}
		return nil
	})
	if err != nil || names == 0 {
		t.Error(names, err)
	}
}
