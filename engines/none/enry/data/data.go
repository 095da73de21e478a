// Package data has no rules by which generated files are known.
package data

var GeneratedCodeNameMatchers []func(string) bool

var GeneratedCodeExtensions map[string]struct{}
