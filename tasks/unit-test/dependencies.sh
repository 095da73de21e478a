#!/bin/sh
# Gives the tests what the kept layers have fetched already: each argument FOLDER=TARGET is a folder of theirs and where it goes below $HOME.
# What is not there, or broken, the tests fetch themselves.
set -eu
kept=$HOME/.kept
for pair; do
  from=${pair%%=*} to=$HOME/${pair#*=}
  for blob in "$LAYERS"/*/blobs/sha256/*; do
    [ -f "$blob" ] || continue
    mkdir -- "$kept"
    # Most have no such folder: other layers, and what says things of layers.
    if tar -xzf "$blob" -C "$kept" -- "$from" 2>/dev/null; then
      mkdir -p -- "$to"
      cp -Rl -- "$kept/$from/." "$to/"
      printf 'unit-test: %s is of kept layers\n' "$to"
    fi
    rm -rf -- "$kept"
  done
done
