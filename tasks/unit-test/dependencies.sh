#!/bin/sh
# Gives the tests what the kept layers have fetched already: each argument FOLDER=TARGET is a folder of theirs and where it goes below $HOME.
# What is not there, or broken, the tests fetch themselves, so nothing here fails.
set -u
kept=$HOME/.kept
for pair; do
  from=${pair%%=*} to=$HOME/${pair#*=}
  # In the order in which they were made: a later one may have a file of an earlier one anew. The names are of hex digits.
  # shellcheck disable=SC2012
  ls -tr -- "$LAYERS"/*/blobs/sha256/* 2>/dev/null | while read -r blob; do
    mkdir -p -- "$kept" "$to"
    # Most have no such folder: other layers, and what says things of layers.
    if tar -xzf "$blob" -C "$kept" -- "$from" 2>/dev/null; then
      # Go's modules are folders that nobody may write to.
      chmod -R u+rwX "$kept/$from"
      # How a layer says that a file is gone.
      find "$kept/$from" -name '.wh.*' -exec rm -rf -- {} +
      if cp -Rlf -- "$kept/$from/." "$to/"; then
        printf 'unit-test: %s is of kept layers\n' "$to"
      fi
    fi
    chmod -R u+rwX "$kept"
    rm -rf -- "$kept"
  done
done
exit 0
