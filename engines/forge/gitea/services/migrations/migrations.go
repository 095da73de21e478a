// Package migrations takes over no repositories from other forges: here they are pushed.
package migrations

import (
	"context"
	"errors"
	"net/http"

	repo_model "code.gitea.io/gitea/models/repo"
	user_model "code.gitea.io/gitea/models/user"
	base "code.gitea.io/gitea/modules/migration"
)

var errLeftOut = errors.New("migrations are not part of the embedded platform")

type MigrateOptions = base.MigrateOptions

func Init() error { return nil }

func IsMigrateURLAllowed(string, *user_model.User) error { return errLeftOut }

func MigrateRepository(context.Context, *user_model.User, string, base.MigrateOptions, base.Messenger) (*repo_model.Repository, error) {
	return nil, errLeftOut
}

func DumpRepository(_ context.Context, _, _ string, _ base.MigrateOptions) error { return errLeftOut }

func RestoreRepository(_ context.Context, _, _, _ string, _ []string, _ bool) error {
	return errLeftOut
}

func UpdateMigrationPosterID(context.Context) error { return nil }

func IsRateLimitError(error) bool     { return false }
func IsTwoFactorAuthError(error) bool { return false }

func NewMigrationHTTPTransport() *http.Transport { return &http.Transport{} }
