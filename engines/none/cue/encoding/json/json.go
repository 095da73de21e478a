package json

import "cuelang.org/go/cue"

func Validate([]byte, cue.Value) error { return cue.ErrLeftOut }
