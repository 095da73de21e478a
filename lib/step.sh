#!/bin/sh
# What the scripts of steps have in common; they follow, and set `task`, the name that their lines begin with. The protocol is that of
# lib/step.ts.

# fail STATUS REASON: ends the step. Tekton keeps 4 KiB of all results of a step.
fail() {
  printf '%s: %s\n' "$task" "$2" >&2
  printf '%.900s' "$(printf '%s' "$2" | tr '\n' ' ')" >"${RESULT_REASON_PATH:-/dev/null}"
  exit "$1"
}
# refuse STATUS REASON: fails by a fact that no later attempt changes.
refuse() {
  printf '%s' "$2" >"$VERDICT/.refused.new"
  mv "$VERDICT/.refused.new" "$VERDICT/.refused"
  fail "$1" "$2"
}
# The code of a push can write to some folders: a link could lead anywhere.
plain() { [ -f "$1" ] && [ ! -L "$1" ]; }
# refused_before STATUS: fails where an attempt before refused, by its reason.
refused_before() {
  plain "$VERDICT/.refused" && [ -s "$VERDICT/.refused" ] || return 0
  reason=$(head -c 900 "$VERDICT/.refused")
  printf '%s: as before: %s\n' "$task" "$reason" >&2
  printf '%s' "$reason" >"${RESULT_REASON_PATH:-/dev/null}"
  exit "$1"
}
