#!/bin/sh
# Makes the copies of $PLAN/copies, <source> <target> a line. They belong together up to an empty line: where one is refused, those after
# it are not made, and the next ones are. Fails at the end if one was refused, or if not all could be compared ($PLAN/status).
set -eu
limit=120
say() { printf 'backfill-replicas: %s\n' "$1"; }

read -r status <"$PLAN/status"
refused=false
while read -r from to; do
  if [ -z "$from" ]; then
    refused=false
  elif [ "$refused" = true ]; then
    say "$to waits for what was refused before it" >&2
  elif said=$(registry copy "$from" "$to" 2>&1 </dev/null); then
    say "copied $from to $to"
  else
    say "$to: $(printf '%s' "$said" | tail -n 1 | cut -c 1-300)" >&2
    refused=true
    status=1
  fi
done <"$PLAN/copies"
exit "$status"
