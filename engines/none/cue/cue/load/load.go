package load

import "cuelang.org/go/cue"

type Config struct{}

// Instances gives one that failed, so that no policy is ever passed.
func Instances([]string, *Config) []*cue.Instance { return []*cue.Instance{{Err: cue.ErrLeftOut}} }
