// plans judges Terraform plans, as JSON, by the checks that are built into Trivy: what `trivy config` does, without the rest of Trivy. It prints
// one JSON object a failed check: plan, id, severity, title, resource, message. It ends with 1 if a plan cannot be read.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/aquasecurity/trivy/pkg/iac/rego"
	"github.com/aquasecurity/trivy/pkg/iac/scanners/terraformplan/tfjson"
)

type finding struct {
	Plan     string `json:"plan"`
	ID       string `json:"id"`
	Severity string `json:"severity"`
	Title    string `json:"title"`
	Resource string `json:"resource"`
	Message  string `json:"message"`
}

// judge prints what is found in one plan, and gives how many checks it passed.
func judge(path string, out *json.Encoder) (int, error) {
	file, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	scanner := tfjson.New(rego.WithEmbeddedPolicies(true), rego.WithEmbeddedLibraries(true))
	results, err := scanner.Scan(context.Background(), file)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", path, err)
	}
	for _, one := range results.GetFailed() {
		rule := one.Rule()
		err := out.Encode(finding{
			Plan: path, ID: rule.ID, Severity: string(one.Severity()), Title: rule.Summary,
			Resource: one.Metadata().Reference(), Message: one.Description(),
		})
		if err != nil {
			return 0, err
		}
	}
	return len(results.GetPassed()), nil
}

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "plans: given no file, allowed plans as JSON (tofu show -json)")
		os.Exit(2)
	}
	out := json.NewEncoder(os.Stdout)
	for _, path := range os.Args[1:] {
		passed, err := judge(path, out)
		if err != nil {
			fmt.Fprintln(os.Stderr, "plans:", err)
			os.Exit(1)
		}
		// A scanner that read nothing finds nothing.
		if passed == 0 {
			fmt.Fprintf(os.Stderr, "plans: %s: no check passed; is it a plan with resources?\n", path)
			os.Exit(1)
		}
	}
}
