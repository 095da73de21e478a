#!/bin/sh
# Copies the files and folders in the arguments to $REPORTS, if they exist, without links, which could point anywhere in the pod of the
# analysis. Fails if the tests failed, and names them.
set -eu
task=unit-test
refused_before 1
# The code of a push can write all of these.
status=none log=/dev/null
if plain "$HOME/.unit-test/status"; then status=$(head -c 8 "$HOME/.unit-test/status"); fi
case $status in '' | *[!0-9]*) status=none ;; esac
if plain "$HOME/.unit-test/log"; then log=$HOME/.unit-test/log; fi
if [ "$status" != 0 ]; then
  # In the formats of `go test`, Surefire and unittest.
  failed=$(sed -nE \
    -e 's/^ *--- FAIL: ([[:alnum:]_./-]+).*/\1/p' \
    -e 's/^\[ERROR\]   ([[:alnum:]_$]+\.[[:alnum:]_.$-]+).*/\1/p' \
    -e 's/^(FAIL|ERROR): ([[:alnum:]_.-]+) \(.*/\2/p' "$log" | cut -c 1-100 | head -n 3 | paste -s -d , - | sed 's/,/, /g')
  reason="the tests ended with exit code $status"
  if [ -n "$failed" ]; then
    reason="$reason; failed: $failed"
    # Named failures are final. Other causes (a package server that is down, no memory left) may be gone at the next attempt.
    tail -c 100000 "$log" >"$VERDICT/.refused.log"
    refuse 1 "$reason"
  fi
  # The last line of a compiler, or of whatever else failed.
  last=$(tr -d '\000' <"$log" | grep -v '^[[:space:]]*$' | tail -n 1 | tr -cd '[:print:]' | cut -c 1-200)
  reason="$reason${last:+: $last}"
  fail 1 "$reason"
fi
for path; do
  [ -e "$path" ] || continue
  mkdir -p -- "$REPORTS/$(dirname -- "$path")"
  # Left by an earlier attempt, or by the tests themselves.
  rm -rf -- "${REPORTS:?}/$path"
  cp -RP -- "$path" "$REPORTS/$path"
done
find "$REPORTS" -type l -exec rm -- {} +
