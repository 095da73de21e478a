package main

import (
	"io/fs"
	"regexp"
	"testing"

	coreruleset "github.com/corazawaf/coraza-coreruleset/v4"
)

// The engine's build takes out of Coraza what writes this variable (local/engines/engines.ts).
func TestNoRuleReadsTheVariableRule(t *testing.T) {
	reads := regexp.MustCompile(`(?i)%\{rule\.|SecRule\s+"?(?:[^\s"]*[|&!])?RULE\b`)
	if !reads.MatchString("SecRule ARGS|RULE:id x") || !reads.MatchString("msg:'%{RULE.id}'") {
		t.Fatal("a rule that reads it is not recognized")
	}
	texts := map[string]string{"ours": directives + ids}
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
	for path, text := range texts {
		if found := reads.FindString(text); found != "" {
			t.Errorf("%s: %q", path, found)
		}
	}
}
