// Package ui has no pages: the module of Alertmanager lacks the built web interface that its own package embeds.
package ui

import "github.com/prometheus/common/route"

// Register adds no handlers; the API and the metrics are other packages.
func Register(*route.Router) {}
