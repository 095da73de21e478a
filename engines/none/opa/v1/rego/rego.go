// Package rego evaluates no policy: cosign and Trivy would take one, and nobody here gives them one.
package rego

import (
	"context"
	"errors"

	"github.com/open-policy-agent/opa/v1/ast"
)

var errLeftOut = errors.New("Rego is not part of the embedded platform")

type (
	Rego              struct{}
	Option            struct{}
	EvalOption        struct{}
	PreparedEvalQuery struct{}
	ExpressionValue   struct{ Value any }
	Result            struct{ Expressions []*ExpressionValue }
	ResultSet         []Result
)

func New(...Option) *Rego                   { return &Rego{} }
func Query(string) Option                   { return Option{} }
func Module(_, _ string) Option             { return Option{} }
func Load([]string, any) Option             { return Option{} }
func SetRegoVersion(ast.RegoVersion) Option { return Option{} }
func EvalInput(any) EvalOption              { return EvalOption{} }

// PrepareForEval gives none, so that no policy is ever passed.
func (*Rego) PrepareForEval(context.Context) (PreparedEvalQuery, error) {
	return PreparedEvalQuery{}, errLeftOut
}

func (PreparedEvalQuery) Eval(context.Context, ...EvalOption) (ResultSet, error) {
	return nil, errLeftOut
}

func (ResultSet) Allowed() bool { return false }
