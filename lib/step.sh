#!/bin/sh
# Functions for the scripts of steps, by the protocol of lib/step.ts. A script sets `task`, the prefix of its messages.

# fail STATUS REASON: ends the step. All results of a step share 4 KiB.
fail() {
  printf '%s: %s\n' "$task" "$2" >&2
  printf '%.900s' "$(printf '%s' "$2" | tr '\n' ' ')" >"${RESULT_REASON_PATH:-/dev/null}"
  exit "$1"
}
# refuse STATUS REASON: fails for good; later attempts fail with the same reason.
refuse() {
  printf '%s' "$2" >"$VERDICT/.refused.new"
  mv "$VERDICT/.refused.new" "$VERDICT/.refused"
  fail "$1" "$2"
}
# plain FILE: whether it is a file and no link. The code of a push can write to some of the folders.
plain() { [ -f "$1" ] && [ ! -L "$1" ]; }
# refused_before STATUS: fails if an earlier attempt refused for good.
refused_before() {
  plain "$VERDICT/.refused" && [ -s "$VERDICT/.refused" ] || return 0
  reason=$(head -c 900 "$VERDICT/.refused")
  printf '%s: as before: %s\n' "$task" "$reason" >&2
  printf '%s' "$reason" >"${RESULT_REASON_PATH:-/dev/null}"
  exit "$1"
}
