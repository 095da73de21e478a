// Package storage is Google Cloud Storage for those who never use it: kaniko could fetch a build context from there, Trivy a module.
package storage

import (
	"context"
	"errors"
	"io"

	"google.golang.org/api/option"
)

var errLeftOut = errors.New("Google Cloud Storage is not part of the embedded platform")

type (
	Client       struct{}
	BucketHandle struct{}
	ObjectHandle struct{}
	Reader       struct{ io.ReadCloser }
	Writer       struct{ io.WriteCloser }
	Query        struct{ Prefix string }
	ObjectAttrs  struct{ Name string }
	// ObjectIterator has no objects.
	ObjectIterator struct{}
)

// NewClient gives none, so that nothing below is ever called.
func NewClient(context.Context, ...option.ClientOption) (*Client, error) { return nil, errLeftOut }

func (*Client) Bucket(string) *BucketHandle                           { return &BucketHandle{} }
func (*BucketHandle) Object(string) *ObjectHandle                     { return &ObjectHandle{} }
func (*BucketHandle) Objects(context.Context, *Query) *ObjectIterator { return &ObjectIterator{} }
func (*ObjectHandle) Generation(int64) *ObjectHandle                  { return &ObjectHandle{} }
func (*ObjectHandle) NewReader(context.Context) (*Reader, error)      { return nil, errLeftOut }
func (*ObjectHandle) NewWriter(context.Context) *Writer               { return &Writer{} }
func (*ObjectHandle) Delete(context.Context) error                    { return errLeftOut }
func (*ObjectIterator) Next() (*ObjectAttrs, error)                   { return nil, errLeftOut }
