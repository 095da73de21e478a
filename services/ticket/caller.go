package main

import (
	"net/http"
	"regexp"
)

// subjectHeader says who asks. The entrance, which checked the token, sets it; what a client sent under its name is gone by then.
const subjectHeader = "X-Subject"

// nobody is what the entrance says where nobody has to sign in.
const nobody = "nobody"

var subject = regexp.MustCompile(`^[A-Za-z0-9._-]{1,100}$`)

// caller is the holder who asks, or nothing where there is no entrance: whoever has an id may see its ticket then.
type caller string

// callerOf reads the header. It is false for who does not come through the entrance although that is required, and for what the entrance
// does not say.
func callerOf(r *http.Request, required bool) (caller, bool) {
	given := r.Header.Values(subjectHeader)
	if len(given) == 0 {
		return "", !required
	}
	if len(given) != 1 || !subject.MatchString(given[0]) || given[0] == nobody {
		return "", false
	}
	return caller(given[0]), true
}

func (c caller) mayRead(ticket Ticket) bool { return c == "" || string(c) == ticket.Holder }
