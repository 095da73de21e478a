#!/bin/sh
# Restores the layers that an earlier run saved under this key to $SOURCE/layers, for kaniko. Any error counts as a miss: the build then makes
# the layers itself.
set -eu
limit=60
key=$(cat "$RESULT_CACHE_KEY_PATH")
cache=none
rm -rf -- "$SOURCE/layers"
mkdir -- "$SOURCE/layers"

if [ "$key" != none ]; then
  cache=miss
  if registry export "$IMAGE/dependencies:$key" - 2>/dev/null | tar -xf - -C "$SOURCE/layers" 2>/dev/null &&
    [ -e "$SOURCE/layers/complete" ]; then
    cache=hit
  else
    rm -rf -- "$SOURCE/layers"
    mkdir -- "$SOURCE/layers"
  fi
fi
printf 'layer cache: %s\n' "$cache"
printf '%s' "$cache" >"$RESULT_CACHE_PATH"
