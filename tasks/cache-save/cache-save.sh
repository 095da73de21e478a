#!/bin/sh
# Saves the layers in $LAYERS as $IMAGE/dependencies:$CACHE_KEY. Existing layers are never replaced: the key covers all of their inputs.
set -eu
task=cache-save
limit=120

check_image "$IMAGE" "$CACHE_KEY"
if [ ! -e "$LAYERS/complete" ]; then
  printf 'cache-save: not all layers were built\n'
  exit 0
fi
reference=$IMAGE/dependencies:$CACHE_KEY
find_digest "$reference"
if [ -n "$found" ]; then
  printf 'cache-save: %s is saved already\n' "$reference"
  exit 0
fi
tar -C "$LAYERS" -cf /work/layers.tar .
registry append --oci-empty-base -f /work/layers.tar -t "$reference" >/dev/null
printf 'cache-save: saved %s\n' "$reference"
