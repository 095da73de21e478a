// Package commands scans no cluster.
package commands

import (
	"context"
	"errors"

	"github.com/aquasecurity/trivy/pkg/flag"
)

func Run(context.Context, []string, flag.Options) error {
	return errors.New("scans of a cluster are not part of the embedded platform")
}
