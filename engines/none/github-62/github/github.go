// Package github is GitHub's API for Trivy, which could download plugins with it.
package github

import (
	"context"
	"errors"
	"io"
	"net/http"
)

type (
	Client struct {
		http         *http.Client
		Repositories *RepositoriesService
	}
	RepositoriesService         struct{}
	RepositoryContentGetOptions struct{}
	Response                    struct{ *http.Response }
)

func NewClient(client *http.Client) *Client {
	return &Client{http: client, Repositories: &RepositoriesService{}}
}

func (c *Client) WithAuthToken(string) *Client { return c }
func (c *Client) Client() *http.Client         { return c.http }

func (*RepositoriesService) DownloadContents(_ context.Context, _, _, _ string, _ *RepositoryContentGetOptions) (io.ReadCloser, *Response, error) {
	return nil, nil, errors.New("GitHub is not part of the embedded platform")
}
