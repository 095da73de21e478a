// Ticket issues tickets for bookings and looks them up.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// commit is the commit of this repository that the program was built from; the build sets it by -ldflags "-X main.commit=…".
var commit = "unknown"

// Config is what the environment may set.
type Config struct {
	Address string
	// Drain is how long requests are still taken after the signal to stop: until then the cluster may send some.
	Drain time.Duration
	// Grace is how long requests that are under way may take after that. Both fit into the 30 s that Kubernetes waits.
	Grace time.Duration
	// Tickets is how many of them are kept in memory.
	Tickets int
}

func configOf(getenv func(string) string) (Config, error) {
	config := Config{Address: ":8080", Drain: 5 * time.Second, Grace: 15 * time.Second, Tickets: 100_000}
	if address := getenv("ADDRESS"); address != "" {
		config.Address = address
	}
	if drain := getenv("DRAIN"); drain != "" {
		duration, err := time.ParseDuration(drain)
		if err != nil || duration < 0 || duration > 15*time.Second {
			return config, fmt.Errorf("DRAIN: %q was given, allowed is a duration from 0s to 15s", drain)
		}
		config.Drain = duration
	}
	return config, nil
}

func main() {
	log := slog.New(slog.NewJSONHandler(os.Stdout, nil)).With("service", "ticket", "commit", commit)
	config, err := configOf(os.Getenv)
	if err != nil {
		log.Error("config", "error", err)
		os.Exit(2)
	}
	listener, err := net.Listen("tcp", config.Address)
	if err != nil {
		log.Error("listen", "error", err)
		os.Exit(1)
	}
	stop, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer cancel()
	if err := serve(stop, listener, config, log); err != nil {
		log.Error("serve", "error", err)
		os.Exit(1)
	}
}

// serve answers requests until stop is done, and then ends what is under way.
func serve(stop context.Context, listener net.Listener, config Config, log *slog.Logger) error {
	api := &API{store: NewMemory(config.Tickets), commit: commit, log: log}
	server := &http.Server{
		Handler:           api.Handler(),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      10 * time.Second,
		IdleTimeout:       60 * time.Second,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	log.Info("ready", "address", listener.Addr().String())
	select {
	case err := <-failed:
		return err
	case <-stop.Done():
	}
	api.draining.Store(true)
	log.Info("draining", "seconds", config.Drain.Seconds())
	time.Sleep(config.Drain)
	grace, cancel := context.WithTimeout(context.Background(), config.Grace)
	defer cancel()
	if err := server.Shutdown(grace); err != nil {
		return fmt.Errorf("requests were cut off: %w", errors.Join(err, server.Close()))
	}
	log.Info("stopped")
	return nil
}
