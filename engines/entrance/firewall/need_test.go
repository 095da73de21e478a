package main

import (
	"math/rand/v2"
	"regexp"
	"regexp/syntax"
	"strings"
	"sync"
	"testing"
	"unicode"

	"github.com/corazawaf/coraza/v3/experimental/plugins"
	"github.com/corazawaf/coraza/v3/experimental/plugins/plugintypes"
)

// expressions are those of all rules, without those of bytes.
var expressions = sync.OnceValue(func() (all []string) {
	plugins.RegisterOperator("rx", func(o plugintypes.OperatorOptions) (plugintypes.Operator, error) {
		if !ofBytes.MatchString(o.Arguments) {
			all = append(all, "(?sm)"+o.Arguments)
		}
		return newRx(o)
	})
	defer plugins.RegisterOperator("rx", newRx)
	// Any directive keeps the rules of all levels.
	if _, err := newRules(config{MostBody: 1 << 16, Directives: "SecRuleEngine On"}); err != nil {
		panic(err)
	}
	return all
})

// write writes a text that an expression matches, but for what it asks of the places between characters.
func write(random *rand.Rand, part *syntax.Regexp, to *strings.Builder) {
	times := func(least, most int) {
		for range least + random.IntN(most-least+1) {
			write(random, part.Sub[0], to)
		}
	}
	switch part.Op {
	case syntax.OpLiteral:
		for _, r := range part.Rune {
			for range random.IntN(4) {
				if part.Flags&syntax.FoldCase != 0 {
					r = unicode.SimpleFold(r)
				}
			}
			to.WriteRune(r)
		}
	case syntax.OpCharClass:
		i := 2 * random.IntN(len(part.Rune)/2)
		to.WriteRune(part.Rune[i] + random.Int32N(min(part.Rune[i+1]-part.Rune[i], 200)+1))
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		to.WriteByte("aZ0 /(\"'"[random.IntN(8)])
	case syntax.OpCapture:
		times(1, 1)
	case syntax.OpStar:
		times(0, 2)
	case syntax.OpPlus:
		times(1, 2)
	case syntax.OpQuest:
		times(0, 1)
	case syntax.OpRepeat:
		times(part.Min, max(part.Min, min(part.Max, part.Min+1)))
	case syntax.OpConcat:
		for _, sub := range part.Sub {
			write(random, sub, to)
		}
	case syntax.OpAlternate:
		write(random, part.Sub[random.IntN(len(part.Sub))], to)
	}
}

func TestWhatMatchesHasWhatIsNeeded(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	matched, ascii := 0, 0
	for _, expression := range expressions() {
		parsed, err := syntax.Parse(expression, syntax.Perl)
		if err != nil {
			t.Fatal(err)
		}
		compiled := regexp.MustCompile(expression)
		needed, _ := needOf(expression)
		before := matched
		for range 300 {
			var text strings.Builder
			text.WriteString([]string{"", "x", " "}[random.IntN(3)])
			write(random, parsed, &text)
			if !compiled.MatchString(text.String()) {
				continue
			}
			matched++
			if isASCII(text.String()) {
				ascii++
			}
			if !needed.mayMatch(text.String()) {
				t.Errorf("%s: matches %q, and is said not to", expression, text.String())
				break
			}
		}
		if matched == before {
			t.Logf("%s: no text that matches was found", expression)
		}
	}
	if most := 300 * len(expressions()); ascii < most/2 {
		t.Errorf("of %d texts %d match, %d of them of ASCII alone; half should", most, matched, ascii)
	}
}

func isASCII(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool { return r > unicode.MaxASCII }) < 0
}

func TestOrdinaryTextsAreTriedAgainstFew(t *testing.T) {
	token := "Bearer " + strings.Repeat("eyJhbGciOiJSUzI1NiIsImtpZCI6IkRUb1RkSjV4UmtqUG1tMmsifQ", 12) + ".k1Qz_8xY-vT3mNpA"
	for _, text := range []string{"arirang", "json.seat", "0a2f6a56-1b3e-4a51-9f4e-0c6f1f6c0f7a", token} {
		tried := 0
		for _, expression := range expressions() {
			needed, _ := needOf(expression)
			if needed.mayMatch(text) {
				tried++
			}
		}
		if all := len(expressions()); tried > all/5 {
			t.Errorf("%.40s: tried against %d of %d", text, tried, all)
		}
	}
}

// go test -fuzz FuzzNeed ./firewall
func FuzzNeed(f *testing.F) {
	for _, expression := range expressions() {
		f.Add(expression, "select")
	}
	for _, one := range [][2]string{
		{"(?i)sk", "\u017f\u212a"}, {"(?i)ſ", "s"}, {"(?i)[k]", "\u212a"}, {"a|", ""}, {"[^a]", "é"}, {"(?:ab){0}", ""}, {"(?:ab){2,}", "abab"}, {"é|x", "X"},
		{`\x{fffd}`, "\xff"}, {"(?i:A)b", "ab"}, {"^$", ""}, {"\\Qa.b\\E", "a.b"}, {"[[:^ascii:]]", "é"},
	} {
		f.Add(one[0], one[1])
	}
	f.Fuzz(func(t *testing.T, expression, text string) {
		compiled, err := regexp.Compile(expression)
		if err != nil || len(expression) > 4096 {
			t.Skip()
		}
		needed, err := needOf(expression)
		if err != nil {
			t.Fatal(err)
		}
		if compiled.MatchString(text) && !needed.mayMatch(text) {
			t.Errorf("%q matches %q, and is said not to", expression, text)
		}
	})
}
