package main

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// patience is how long a migration waits for the database, and again for another one that is under way.
const patience = time.Minute

// migrations bring the schema up to date, one after the other. While one is made, and until every replica is replaced, the release before
// goes on with the new schema: add with defaults; stop to use in one release, and drop in a later one.
//
//go:embed migrations/*.sql
var migrations embed.FS

// migrate applies the migrations that the database does not have. A standby gets them from its writer.
func migrate(ctx context.Context, config *pgx.ConnConfig, patience time.Duration, log *slog.Logger) error {
	config = config.Copy()
	// A standby is to answer, too: whether it is one is asked below.
	config.ValidateConnect = nil
	// To change much takes time. To wait long for a lock would hold up every statement behind it: rather fail, and be tried again.
	config.RuntimeParams["statement_timeout"] = "0"
	config.RuntimeParams["lock_timeout"] = "5000"
	db := stdlib.OpenDB(*config)
	defer db.Close()
	standby, err := awaitDatabase(ctx, db, patience)
	if err != nil {
		return fmt.Errorf("database: no answer within %s: %w", patience, err)
	}
	if standby {
		log.Info("nothing to migrate: the database is a standby, and gets what its writer gets")
		return nil
	}
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, uint64(patience/time.Second)))
	if err != nil {
		return err
	}
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, db, files, goose.WithSessionLocker(locker))
	if err != nil {
		return err
	}
	applied, err := provider.Up(ctx)
	for _, one := range applied {
		log.Info("migrated", "migration", one.Source.Path, "ms", one.Duration.Milliseconds())
	}
	if err != nil {
		return err
	}
	log.Info("the schema is up to date", "migrations", len(applied))
	return nil
}

// awaitDatabase reports whether the database is a standby, once it answers.
func awaitDatabase(ctx context.Context, db *sql.DB, patience time.Duration) (standby bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		given := db.QueryRowContext(ctx, "select pg_is_in_recovery()").Scan(&standby)
		if given == nil {
			return standby, nil
		}
		// What ends the wait says less than the answer before it.
		if err == nil || ctx.Err() == nil {
			err = given
		}
		select {
		case <-ctx.Done():
			return false, err
		case <-time.After(time.Second):
		}
	}
}
