// Package sqlite has SQLite under the name that Trivy opens package databases by, as the C library of Debian that the forge links too:
// Trivy's own is that library translated to Go, which takes longer to compile than the rest of a scan.
package sqlite

import (
	"database/sql"

	"github.com/mattn/go-sqlite3"
)

func init() { sql.Register("sqlite", &sqlite3.SQLiteDriver{}) }
