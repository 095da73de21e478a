// Package server serves nobody.
package server

import (
	"context"
	"errors"

	"github.com/aquasecurity/trivy/pkg/flag"
)

func Run(context.Context, flag.Options) error {
	return errors.New("Trivy's server is not part of the embedded platform")
}
