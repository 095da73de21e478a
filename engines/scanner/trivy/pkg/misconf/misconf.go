// Package misconf looks for no faults in configuration: here Trivy looks for vulnerabilities in images.
package misconf

import (
	"context"
	"errors"
	"io/fs"

	"github.com/aquasecurity/trivy/pkg/fanal/types"
	"github.com/aquasecurity/trivy/pkg/iac/detection"
	"github.com/aquasecurity/trivy/pkg/iac/rego"
)

var errLeftOut = errors.New("scans of configuration are not part of the embedded platform")

type ScannerOption struct {
	Trace                    bool
	Namespaces               []string
	PolicyPaths              []string
	DataPaths                []string
	DisableEmbeddedPolicies  bool
	DisableEmbeddedLibraries bool
	IncludeDeprecatedChecks  bool
	RegoErrorLimit           int
	HelmValues               []string
	HelmValueFiles           []string
	HelmFileValues           []string
	HelmStringValues         []string
	HelmAPIVersions          []string
	HelmKubeVersion          string
	TerraformTFVars          []string
	CloudFormationParamVars  []string
	TfExcludeDownloaded      bool
	RawConfigScanners        []types.ConfigType
	K8sVersion               string
	FilePatterns             []string
	ConfigFileSchemas        []*ConfigFileSchema
	AnsiblePlaybooks         []string
	AnsibleInventories       []string
	AnsibleExtraVars         map[string]any
	SkipFiles                []string
	SkipDirs                 []string
	RegoScanner              *rego.Scanner
}

func (*ScannerOption) Sort() {}

type (
	ConfigFileSchema struct{}
	Scanner          struct{}
)

func NewScanner(detection.FileType, ScannerOption) (*Scanner, error) { return &Scanner{}, nil }

func (*Scanner) Scan(context.Context, fs.FS) ([]types.Misconfiguration, error) {
	return nil, errLeftOut
}

func LoadConfigSchemas([]string) ([]*ConfigFileSchema, error) { return nil, errLeftOut }

func InitRegoScanner(ScannerOption) (*rego.Scanner, error) { return nil, errLeftOut }

func CheckPathExists(string) (fs.FileInfo, string, error) { return nil, "", errLeftOut }
