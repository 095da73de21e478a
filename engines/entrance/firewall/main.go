// Firewall stands in for what is before the API on AWS: AWS WAF (Coraza with the OWASP core rule set) and CloudFront (the site's files, and the key
// that proves to the entrance that a request came this way).
//
//	firewall CONFIG    a JSON file, which local/entrance/firewall.ts writes
//
// What it does not do, and AWS does: managed rules of AWS, rates by address, bot control, caching, TLS. AWS inspects no answers; this one does.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"
)

type config struct {
	// Where it listens, and the gateway behind it.
	Listen  string `json:"listen"`
	Gateway string `json:"gateway"`
	// The path below which the API is; all else is a file of the site.
	BasePath string            `json:"basePath"`
	Site     string            `json:"site"`
	Headers  map[string]string `json:"headers"`
	// The header with the key that the gateway asks for. Whatever a client sent there is gone.
	KeyHeader string `json:"keyHeader"`
	Key       string `json:"key"`
	// The largest body that is taken, in bytes.
	MostBody int `json:"mostBody"`
	// Bodies of refusals by status, as the entrance gives them.
	Refusals map[int]jsonText `json:"refusals"`
	Records  recordsConfig    `json:"records"`
	// More directives, and a line for each rule that matches: for the core rule set's own tests.
	Directives string `json:"directives,omitempty"`
	Verbose    bool   `json:"verbose,omitempty"`
}

type jsonText = json.RawMessage

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 1 {
		return errors.New("arguments: allowed one, a file of settings")
	}
	text, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	var c config
	if err := json.Unmarshal(text, &c); err != nil {
		return fmt.Errorf("%s: %w", args[0], err)
	}
	// Judging a request leaves 150 KB behind, and the rules alone are a small heap: collected five times as seldom it stays below 200 MB.
	debug.SetGCPercent(500)
	records := newRecords(c.Records)
	handler, err := newFirewall(c, records)
	if err != nil {
		return err
	}
	server := &http.Server{
		Addr:              c.Listen,
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		// Longer than the gateway waits for a service.
		ReadTimeout:    60 * time.Second,
		IdleTimeout:    60 * time.Second,
		MaxHeaderBytes: 32 << 10,
		ErrorLog:       log.New(os.Stderr, "", 0),
	}
	ended, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	go records.keepWriting(ended)
	go func() {
		<-ended.Done()
		soon, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		server.Shutdown(soon)
	}()
	fmt.Printf("listening at %s: Coraza with the OWASP core rule set, a stand-in for AWS WAF\n", c.Listen)
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return records.write()
}
