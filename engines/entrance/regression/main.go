// Regression asks the firewall what the core rule set's own tests ask, with go-ftw, their runner, and answers as the server that they expect.
//
//	regression serve ADDRESS               the server behind the firewall
//	regression test ADDRESS LOG < IGNORED  the tests of the version of the rule set that the firewall has, each against the firewall at ADDRESS,
//	                                       whose output is in LOG; on its input, tests that are left out, with the reason. Prints JSON.
package main

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"

	regressions "github.com/corazawaf/coraza-coreruleset/v4/tests"
	"github.com/coreruleset/go-ftw/config"
	"github.com/coreruleset/go-ftw/output"
	"github.com/coreruleset/go-ftw/runner"
	"github.com/coreruleset/go-ftw/test"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) == 2 && args[0] == "serve":
		return http.ListenAndServe(args[1], http.HandlerFunc(answer))
	case len(args) == 3 && args[0] == "test":
		return testAll(args[1], args[2])
	}
	return errors.New("arguments: allowed serve ADDRESS, test ADDRESS LOG")
}

// answer is the server of the tests: /reflect answers with what it is told to.
func answer(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain")
	body, err := io.ReadAll(r.Body)
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	if r.URL.Path != "/reflect" {
		fmt.Fprintln(w, "ok")
		return
	}
	var told struct {
		Status      int               `json:"status"`
		Headers     map[string]string `json:"headers"`
		Body        string            `json:"body"`
		EncodedBody string            `json:"encodedBody"`
	}
	if err := json.Unmarshal(body, &told); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	text := []byte(told.Body)
	if told.EncodedBody != "" {
		if text, err = base64.StdEncoding.DecodeString(told.EncodedBody); err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
	}
	for name, value := range told.Headers {
		w.Header().Set(name, value)
	}
	if told.Status != 0 {
		w.WriteHeader(told.Status)
	}
	w.Write(text)
}

func testAll(address, log string) error {
	host, portText, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	port, err := strconv.Atoi(portText)
	if err != nil {
		return err
	}
	var ignored map[string]string
	if err := json.NewDecoder(os.Stdin).Decode(&ignored); err != nil {
		return fmt.Errorf("input: %w", err)
	}
	tests, err := read()
	if err != nil {
		return err
	}
	settings := config.NewDefaultConfig()
	settings.WithLogfile(log)
	settings.TestOverride.Overrides.DestAddr = &host
	settings.TestOverride.Overrides.Port = &port
	settings.TestOverride.Ignore = map[*config.FTWRegexp]string{}
	for id, reason := range ignored {
		exactly, err := config.NewFTWRegexp("^" + regexp.QuoteMeta(id) + "$")
		if err != nil {
			return err
		}
		settings.TestOverride.Ignore[exactly] = reason
	}
	ran, err := runner.Run(settings, tests, &runner.RunnerConfig{ShowOnlyFailed: true}, output.NewOutput("quiet", os.Stderr))
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(map[string]any{
		"passed": len(ran.Stats.Success), "failed": ran.Stats.Failed, "ignored": ran.Stats.Ignored, "skipped": ran.Stats.Skipped,
	})
}

func read() ([]*test.FTWTest, error) {
	var tests []*test.FTWTest
	return tests, fs.WalkDir(regressions.FS, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".yaml") {
			return err
		}
		text, err := fs.ReadFile(regressions.FS, path)
		if err != nil {
			return err
		}
		one, err := test.GetTestFromYaml(text, path)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		tests = append(tests, one)
		return nil
	})
}
