#!/bin/sh
# Hands on what the tests left: the files and folders given, as far as they are there, without links, which could lead anywhere where an
# analysis reads them. Fails where the tests did, and says which.
set -eu
task=unit-test
refused_before 1
# The code of a push could write all of these.
status=none log=/dev/null
if plain "$HOME/.unit-test/status"; then status=$(head -c 8 "$HOME/.unit-test/status"); fi
case $status in '' | *[!0-9]*) status=none ;; esac
if plain "$HOME/.unit-test/log"; then log=$HOME/.unit-test/log; fi
if [ "$status" != 0 ]; then
  # As `go test`, Surefire and unittest name them.
  failed=$(sed -nE \
    -e 's/^ *--- FAIL: ([[:alnum:]_./-]+).*/\1/p' \
    -e 's/^\[ERROR\]   ([[:alnum:]_$]+\.[[:alnum:]_.$-]+).*/\1/p' \
    -e 's/^(FAIL|ERROR): ([[:alnum:]_.-]+) \(.*/\2/p' "$log" | cut -c 1-100 | head -n 3 | paste -s -d , - | sed 's/,/, /g')
  reason="the tests ended with exit code $status"
  if [ -n "$failed" ]; then
    reason="$reason; failed: $failed"
    # Facts about the code. What else ends them (a server of packages that is down, no memory left) may be over at the next try.
    tail -c 100000 "$log" >"$VERDICT/.refused.log"
    refuse 1 "$reason"
  fi
  # A compiler, or whatever else there is: its last words.
  last=$(tr -d '\000' <"$log" | grep -v '^[[:space:]]*$' | tail -n 1 | tr -cd '[:print:]' | cut -c 1-200)
  reason="$reason${last:+: $last}"
  fail 1 "$reason"
fi
for path; do
  [ -e "$path" ] || continue
  mkdir -p -- "$REPORTS/$(dirname -- "$path")"
  # Of a try before, or of the tests themselves.
  rm -rf -- "${REPORTS:?}/$path"
  cp -RP -- "$path" "$REPORTS/$path"
done
find "$REPORTS" -type l -exec rm -- {} +
