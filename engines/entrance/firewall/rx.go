package main

import (
	"regexp"

	"github.com/corazawaf/coraza/v3/experimental/plugins"
	"github.com/corazawaf/coraza/v3/experimental/plugins/plugintypes"
	"rsc.io/binaryregexp"
)

// The operator @rx in place of Coraza's, which tries each regular expression on each text: that was two fifths of the time of a request. This one
// tries it only on texts that have what the expression needs, and finds the same.
func init() { plugins.RegisterOperator("rx", newRx) }

type expression interface {
	MatchString(string) bool
	FindStringSubmatchIndex(string) []int
}
type rx struct {
	expression
	need need
}

// A byte that is no ASCII, spelled as a number: such an expression is one of bytes, not of characters.
var ofBytes = regexp.MustCompile(`\\x(?:[89A-Fa-f][0-9A-Fa-f]|\{[89A-Fa-f][0-9A-Fa-f]\})`)

func newRx(o plugintypes.OperatorOptions) (plugintypes.Operator, error) {
	if ofBytes.MatchString(o.Arguments) {
		compiled, err := binaryregexp.Compile(o.Arguments)
		return &rx{expression: compiled}, err
	}
	// As Coraza has them: a point is a newline too, and lines have ends of their own.
	text := "(?sm)" + o.Arguments
	compiled, err := regexp.Compile(text)
	if err != nil {
		return nil, err
	}
	needed, err := needOf(text)
	return &rx{compiled, needed}, err
}

func (o *rx) Evaluate(tx plugintypes.TransactionState, value string) bool {
	if !o.need.mayMatch(value) {
		return false
	}
	if !tx.Capturing() {
		return o.MatchString(value)
	}
	found := o.FindStringSubmatchIndex(value)
	if found == nil {
		return false
	}
	for i := 0; i < len(found)/2 && i < 9; i++ {
		captured := ""
		if from, to := found[2*i], found[2*i+1]; from >= 0 {
			captured = value[from:to]
		}
		tx.CaptureField(i, captured)
	}
	return true
}
