// plans judges Terraform plans, as JSON, by the checks that are built into Trivy: what `trivy config` does, without the rest of Trivy. It prints one
// JSON object a failed check: id, severity, title, resource, message. It ends with 1 if a plan cannot be read, which Trivy itself passes over.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/aquasecurity/trivy/pkg/iac/rego"
	"github.com/aquasecurity/trivy/pkg/iac/scan"
	"github.com/aquasecurity/trivy/pkg/iac/scanners/options"
	"github.com/aquasecurity/trivy/pkg/iac/scanners/terraform"
	"github.com/aquasecurity/trivy/pkg/iac/scanners/terraformplan/tfjson"
)

type finding struct {
	ID       string `json:"id"`
	Severity string `json:"severity"`
	Title    string `json:"title"`
	Resource string `json:"resource"`
	Message  string `json:"message"`
}

var checks = []options.ScannerOption{
	rego.WithEmbeddedPolicies(true),
	rego.WithEmbeddedLibraries(true),
	terraform.ScannerWithStopOnHCLError(true),
}

func scanned(path string) (scan.Results, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return tfjson.New(checks...).Scan(context.Background(), file)
}

// judge prints what is found in one plan, and gives how many resources the checks looked at.
func judge(path string, out *json.Encoder) (int, error) {
	results, err := scanned(path)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", path, err)
	}
	seen := map[string]bool{}
	for _, one := range results {
		if reference := one.Metadata().Reference(); reference != "" {
			seen[reference] = true
		}
	}
	for _, one := range results.GetFailed() {
		rule := one.Rule()
		err := out.Encode(finding{
			ID: rule.ID, Severity: string(one.Severity()), Title: rule.Summary,
			Resource: one.Metadata().Reference(), Message: one.Description(),
		})
		if err != nil {
			return 0, err
		}
	}
	return len(seen), nil
}

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "plans: given nothing, allowed plans as JSON (tofu show -json)")
		os.Exit(2)
	}
	out := json.NewEncoder(os.Stdout)
	for _, path := range os.Args[1:] {
		seen, err := judge(path, out)
		if err != nil {
			fmt.Fprintln(os.Stderr, "plans:", err)
			os.Exit(1)
		}
		fmt.Fprintf(os.Stderr, "%s: %d resources\n", path, seen)
	}
}
