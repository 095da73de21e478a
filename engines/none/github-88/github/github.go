// Package github is GitHub's API for those who never call it: cosign could store keys as secrets of a repository, Argo CD log in as an app.
package github

import (
	"context"
	"errors"
	"net/http"
)

var errLeftOut = errors.New("GitHub is not part of the embedded platform")

type (
	InstallationTokenOptions struct{}
	InstallationPermissions  struct{}
	Repository               struct{}
	PublicKey                struct{}
	EncryptedSecret          struct{ Name, KeyID, EncryptedValue string }
	Response                 struct{ *http.Response }
	ActionsService           struct{}
	Client                   struct{ Actions *ActionsService }
	Option                   struct{}
)

func WithHTTPClient(*http.Client) Option    { return Option{} }
func WithEnterpriseURLs(_, _ string) Option { return Option{} }

// NewClient gives none, so that nothing below is ever called.
func NewClient(...Option) (*Client, error) { return nil, errLeftOut }

func (*PublicKey) GetKey() string   { return "" }
func (*PublicKey) GetKeyID() string { return "" }

func (*ActionsService) GetRepoPublicKey(_ context.Context, _, _ string) (*PublicKey, *Response, error) {
	return nil, nil, errLeftOut
}

func (*ActionsService) GetOrgPublicKey(context.Context, string) (*PublicKey, *Response, error) {
	return nil, nil, errLeftOut
}

func (*ActionsService) CreateOrUpdateRepoSecret(_ context.Context, _, _ string, _ *EncryptedSecret) (*Response, error) {
	return nil, errLeftOut
}

func (*ActionsService) CreateOrUpdateOrgSecret(context.Context, string, *EncryptedSecret) (*Response, error) {
	return nil, errLeftOut
}
