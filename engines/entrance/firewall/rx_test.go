package main

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"

	coreruleset "github.com/corazawaf/coraza-coreruleset/v4"
)

// The engine's build takes out of Coraza what writes this variable (local/engines/engines.ts).
func TestNoRuleReadsTheVariableRule(t *testing.T) {
	reads := regexp.MustCompile(`(?i)%\{rule\.|SecRule\s+"?(?:[^\s"]*[|&!])?RULE\b`)
	if !reads.MatchString("SecRule ARGS|RULE:id x") || !reads.MatchString("msg:'%{RULE.id}'") {
		t.Fatal("a rule that reads it is not recognized")
	}
	texts := ruleFiles(t)
	texts["ours"] = directives + ids
	for path, text := range texts {
		if found := reads.FindString(text); found != "" {
			t.Errorf("%s: %q", path, found)
		}
	}
}

// What is taken out for level 1 is what would not run there: in each file all from the first rule that leads past the rest.
func TestRulesOfHigherLevelsStandAtTheEnd(t *testing.T) {
	leads := regexp.MustCompile(`^SecRule TX:DETECTION_PARANOIA_LEVEL "@lt [2-4]" "id:9\d\d01[3-8],phase:\d,pass,nolog,.*,skipAfter:END-`)
	id := regexp.MustCompile(`id:9\d\d01[3-8]\b`)
	rule := regexp.MustCompile(`^Sec(?:Rule|Action)\b.*\bid:\d`)
	higher := regexp.MustCompile(`paranoia-level/[2-4]|id:921170\b`)
	rules, files := 0, 0
	for path, text := range ruleFiles(t) {
		past := false
		for line := range strings.Lines(strings.ReplaceAll(text, "\\\n", "")) {
			// What has no id belongs to the rule before it.
			if !rule.MatchString(line) {
				continue
			}
			rules++
			if leads.MatchString(line) && !past {
				past = true
				files++
			}
			if leads.MatchString(line) != id.MatchString(line) || past != (id.MatchString(line) || higher.MatchString(line)) {
				t.Errorf("%s: %.200s", path, line)
			}
		}
	}
	if rules < 500 || files < 20 {
		t.Errorf("%d rules, %d files with higher levels", rules, files)
	}
}

func ruleFiles(t *testing.T) map[string]string {
	texts := map[string]string{}
	err := fs.WalkDir(coreruleset.FS, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(coreruleset.FS, path)
		texts[path] = string(text)
		return err
	})
	if err != nil || len(texts) < 20 {
		t.Fatalf("%d files of rules: %v", len(texts), err)
	}
	return texts
}
