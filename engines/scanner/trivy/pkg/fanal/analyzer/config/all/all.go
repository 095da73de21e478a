// Package all has no analyzers of configuration.
package all
