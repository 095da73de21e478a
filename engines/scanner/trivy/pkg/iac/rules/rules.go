// Package rules has what the rules for secrets read of the checks of configuration.
package rules

type Check struct{ Name, Description string }
