// Package module runs no extensions of Trivy in WebAssembly.
package module

import (
	"context"
	"errors"

	"github.com/aquasecurity/trivy/pkg/fanal/types"
)

var errLeftOut = errors.New("modules of Trivy are not part of the embedded platform")

type (
	Options struct {
		Dir            string
		EnabledModules []string
	}
	Manager struct{}
)

func NewManager(context.Context, Options) (*Manager, error) { return &Manager{}, nil }

func (*Manager) Register()                   {}
func (*Manager) Deregister()                 {}
func (*Manager) Close(context.Context) error { return nil }

func Install(_ context.Context, _, _ string, _ bool, _ types.RegistryOptions) error {
	return errLeftOut
}

func Uninstall(_ context.Context, _, _ string) error { return errLeftOut }
