#!/bin/sh
# Hands on what the tests left: the files and folders given, as far as they are there, without links, which could lead anywhere where an
# analysis reads them.
set -eu
for path; do
  [ -e "$path" ] || continue
  mkdir -p -- "$REPORTS/$(dirname -- "$path")"
  cp -RP -- "$path" "$REPORTS/$path"
done
find "$REPORTS" -type l -exec rm -- {} +
