// registry is distribution's with one rule more than it offers: whoever reads needs no login, whoever writes does. So the code of a
// push, which runs beside it, can pull what it builds on and put nothing past the gates. It collects its garbage while it serves. Only the
// storage driver of the embedded platform is linked: those of the clouds take most of its build.
package main

import (
	"bytes"
	"context"
	"crypto/subtle"
	"flag"
	"log"
	"net/http"
	"os"
	"time"

	"github.com/distribution/distribution/v3/configuration"
	"github.com/distribution/distribution/v3/registry/handlers"
	_ "github.com/distribution/distribution/v3/registry/storage/driver/filesystem"
	"github.com/sirupsen/logrus"
)

// writersLogIn asks for the login, "user:password", of everything but reading. Clients send it only where they were asked for it at /v2/.
func writersLogIn(login []byte, registry http.Handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		reads := (r.Method == http.MethodGet || r.Method == http.MethodHead) && r.URL.Path != "/v2/"
		user, password, _ := r.BasicAuth()
		if !reads && subtle.ConstantTimeCompare([]byte(user+":"+password), login) != 1 {
			w.Header().Set("WWW-Authenticate", `Basic realm="registry"`)
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = w.Write([]byte(`{"errors":[{"code":"UNAUTHORIZED","message":"whoever writes to this registry logs in"}]}`))
			return
		}
		registry.ServeHTTP(w, r)
	}
}

func main() {
	address := flag.String("address", "", "address to listen at")
	storage := flag.String("storage", "", "folder of the images")
	loginFile := flag.String("login", "", "file with user:password of the one who may write")
	every := flag.Duration("collect", time.Hour, "pause between collections of what no tag leads to")
	grace := flag.Duration("grace", 24*time.Hour, "for how long nothing is collected after it was uploaded or asked for")
	flag.Parse()
	login, err := os.ReadFile(*loginFile)
	if err != nil {
		log.Fatal(err)
	}
	login = bytes.TrimSpace(login)
	if len(login) < 16 {
		log.Fatalf("%s: user:password of at least 16 characters expected", *loginFile)
	}
	config := &configuration.Configuration{
		Storage: configuration.Storage{
			"filesystem": configuration.Parameters{"rootdirectory": *storage},
			"delete":     configuration.Parameters{"enabled": true},
		},
	}
	config.Catalog.MaxEntries = 1000
	// It has several names, and whoever asked knows which one he used.
	config.HTTP.RelativeURLs = true
	logrus.SetLevel(logrus.WarnLevel)
	garbage := newCollector(*storage, *grace)
	go garbage.keepCollecting(*every)
	server := &http.Server{
		Addr:              *address,
		Handler:           writersLogIn(login, garbage.handle(handlers.NewApp(context.Background(), config))),
		ReadHeaderTimeout: 10 * time.Second,
	}
	log.Fatal(server.ListenAndServe())
}
