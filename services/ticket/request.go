package main

import (
	"context"
	"crypto/rand"
	"regexp"
)

// wellFormed is what an id of a request may be: it comes from outside, and goes into logs.
var wellFormed = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// requestID returns the given id of a request, or a new one if it is not well-formed.
func requestID(given string) string {
	if wellFormed.MatchString(given) {
		return given
	}
	return rand.Text()
}

type requestKey struct{}

func withRequestID(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, requestKey{}, id)
}

func requestIDOf(ctx context.Context) string {
	id, _ := ctx.Value(requestKey{}).(string)
	return id
}
