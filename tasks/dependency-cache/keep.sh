#!/bin/sh
# Keeps the layers in $LAYERS as $IMAGE/dependencies:$DEPENDENCIES. What is kept is never replaced: the name says all that it can come from.
set -eu
PATH=$PATH:/ko-app

registry() {
  if [ "$INSECURE" = true ]; then timeout 120 crane --insecure "$@"; else timeout 120 crane "$@"; fi
}
case $IMAGE:$DEPENDENCIES in
  *[!a-z0-9:/._-]* | -*) printf 'dependency-cache: image: allowed is <registry>/<repository>, and a key\n' >&2; exit 64 ;;
esac
if [ ! -e "$LAYERS/complete" ]; then
  printf 'dependency-cache: not all layers were made\n'
  exit 0
fi
reference=$IMAGE/dependencies:$DEPENDENCIES
if registry digest "$reference" >/dev/null 2>&1; then
  printf 'dependency-cache: %s is kept already\n' "$reference"
  exit 0
fi
tar -C "$LAYERS" -cf /work/layers.tar .
registry append --oci-empty-base -f /work/layers.tar -t "$reference" >/dev/null
printf 'dependency-cache: kept %s\n' "$reference"
