// Package manager downloads from Amazon S3, where nothing of the embedded platform is.
package manager

import (
	"context"
	"io"

	"github.com/aws/aws-sdk-go-v2/service/s3"
)

type Downloader struct{ client *s3.Client }

func NewDownloader(client *s3.Client) *Downloader { return &Downloader{client} }

func (d *Downloader) Download(ctx context.Context, _ io.WriterAt, input *s3.GetObjectInput) (int64, error) {
	_, err := d.client.GetObject(ctx, input)
	return 0, err
}
