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
	"time"

	regressions "github.com/corazawaf/coraza-coreruleset/v4/tests"
	schema "github.com/coreruleset/ftw-tests-schema/v2/types"
	"github.com/coreruleset/go-ftw/config"
	"github.com/coreruleset/go-ftw/output"
	"github.com/coreruleset/go-ftw/runner"
	"github.com/coreruleset/go-ftw/test"
	"github.com/rs/zerolog"
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
	zerolog.SetGlobalLevel(zerolog.Disabled)
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
	result := struct {
		Passed  int      `json:"passed"`
		Failed  []string `json:"failed"`
		Ignored []string `json:"ignored"`
	}{Failed: []string{}, Ignored: []string{}}
	patience := &runner.RunnerConfig{ShowOnlyFailed: true, ConnectTimeout: 10 * time.Second, ReadTimeout: 20 * time.Second}
	for _, one := range tests {
		// One by one: the runner ends with the first that it cannot send.
		for _, its := range one.Tests {
			alone := *one
			alone.Tests = []schema.Test{its}
			ran, err := runner.Run(settings, []*test.FTWTest{&alone}, patience, output.NewOutput("quiet", io.Discard))
			if err != nil {
				result.Failed = append(result.Failed, fmt.Sprintf("%d-%d: %v", its.RuleId, its.TestId, err))
				continue
			}
			result.Passed += len(ran.Stats.Success)
			result.Failed = append(result.Failed, ran.Stats.Failed...)
			result.Ignored = append(result.Ignored, ran.Stats.Ignored...)
		}
	}
	return json.NewEncoder(os.Stdout).Encode(result)
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
