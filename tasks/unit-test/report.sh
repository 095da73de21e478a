#!/bin/sh
# Hands on what the tests left: the files and folders given, as far as they are there, without links, which could lead anywhere where an
# analysis reads them. Fails where the tests did, and says which.
set -eu
fail() {
  printf '%s' "$1" >"$RESULT_REASON_PATH"
  echo "unit-test: $1" >&2
  exit 1
}
if [ -f "$REPORTS/.failed" ] && [ ! -L "$REPORTS/.failed" ]; then
  fail "$(head -c 400 "$REPORTS/.failed")"
fi
status=$(cat "$HOME/status" 2>/dev/null || echo none)
if [ "$status" != 0 ]; then
  # As `go test`, Surefire and unittest name them.
  failed=$(sed -nE \
    -e 's/^ *--- FAIL: ([[:alnum:]_./-]+).*/\1/p' \
    -e 's/^\[ERROR\]   ([[:alnum:]_.$-]+).*/\1/p' \
    -e 's/^(FAIL|ERROR): ([[:alnum:]_.-]+).*/\2/p' "$HOME/log" 2>/dev/null | cut -c 1-100 | head -n 3 | paste -s -d , - | sed 's/,/, /g')
  reason="the tests ended with exit code $status${failed:+; failed: $failed}"
  printf '%s' "$reason" >"$REPORTS/.failed"
  fail "$reason"
fi
for path; do
  [ -e "$path" ] || continue
  mkdir -p -- "$REPORTS/$(dirname -- "$path")"
  cp -RP -- "$path" "$REPORTS/$path"
done
find "$REPORTS" -type l -exec rm -- {} +
