// Package azure registers no key service: Tekton is given no verification policy that needs one.
package azure
