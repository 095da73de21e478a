#!/bin/sh
# Makes the copies of $PLAN/copies, <source> <target> per line. An empty line ends a group: after a refused copy the rest of its group is
# skipped. Fails at the end if a copy was refused, or if a comparison failed ($PLAN/status).
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
