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
	"sync"
	"syscall"
	"time"
)

// commit is the commit of this repository that the program was built from; the build sets it by -ldflags "-X main.commit=…".
var commit = "unknown"

func main() {
	log := slog.New(slog.NewJSONHandler(os.Stdout, nil)).With("service", "ticket", "commit", commit)
	stop, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer cancel()
	os.Exit(run(stop, os.Args[1:], log))
}

// run serves until stop is done, or does what a command says, and returns the exit status: 2 for what the caller can mend.
func run(stop context.Context, command []string, log *slog.Logger) int {
	var faults []string
	var err error
	switch {
	case len(command) == 0:
		var config Config
		if config, faults = configOf(); len(faults) == 0 {
			err = listen(stop, config, log)
		}
	case len(command) == 1 && command[0] == "migrate":
		config, found := databaseOf()
		if faults = found; len(faults) == 0 {
			err = migrate(stop, config.ConnConfig, patience, log)
		}
	default:
		faults = []string{fmt.Sprintf("command: %q was given, allowed is migrate, or nothing to serve", command)}
	}
	if len(faults) > 0 {
		log.Error("config", "faults", faults)
		return 2
	}
	if err != nil {
		log.Error("failed", "error", err)
		return 1
	}
	return 0
}

func listen(stop context.Context, config Config, log *slog.Logger) error {
	listener, err := net.Listen("tcp", config.Address)
	if err != nil {
		return err
	}
	return serve(stop, listener, config, log)
}

// serve answers requests and issues tickets for events until stop is done, and then ends what is under way.
func serve(stop context.Context, listener net.Listener, config Config, log *slog.Logger) error {
	metrics := &Metrics{}
	store, closeStore, err := openStore(config, metrics, log)
	if err != nil {
		return err
	}
	// Deferred before the consumer's end, so it comes after it.
	defer closeStore()
	if config.Kafka == nil {
		log.Info("KAFKA_BROKERS is not set: tickets are issued by POST /tickets")
	} else {
		consumer, err := NewConsumer(*config.Kafka, store, metrics, log)
		if err != nil {
			return err
		}
		consuming, stopConsuming := context.WithCancel(stop)
		var consumed sync.WaitGroup
		consumed.Go(func() { consumer.Run(consuming) })
		defer consumed.Wait()
		defer stopConsuming()
	}
	api := &API{store: store, log: log, metrics: metrics, byEvents: config.Kafka != nil, signIn: config.SignIn}
	return serveHTTP(stop, listener, api, config)
}

func openStore(config Config, metrics *Metrics, log *slog.Logger) (store Store, closeStore func(), err error) {
	if config.Postgres == nil {
		log.Info("PGHOST is not set: tickets are kept in memory, and are gone when the process ends")
		return NewMemory(config.Tickets, config.Key), func() {}, nil
	}
	postgres, err := NewPostgres(config.Postgres, config.Key, metrics)
	if err != nil {
		return nil, nil, err
	}
	return postgres, postgres.Close, nil
}

func serveHTTP(stop context.Context, listener net.Listener, api *API, config Config) error {
	server := &http.Server{
		Handler:           api.Handler(),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      10 * time.Second,
		IdleTimeout:       60 * time.Second,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(api.log.Handler(), slog.LevelWarn),
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(jsonListener{listener}) }()
	api.log.Info("ready", "address", listener.Addr().String())
	select {
	case err := <-failed:
		return err
	case <-stop.Done():
	}
	api.draining.Store(true)
	api.log.Info("draining", "seconds", config.Drain.Seconds())
	time.Sleep(config.Drain)
	grace, cancel := context.WithTimeout(context.Background(), config.Grace)
	defer cancel()
	if err := server.Shutdown(grace); err != nil {
		return fmt.Errorf("requests were cut off: %w", errors.Join(err, server.Close()))
	}
	api.log.Info("stopped")
	return nil
}
