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
if said=$(registry digest "$reference" 2>&1); then
  printf 'dependency-cache: %s is kept already\n' "$reference"
  exit 0
fi
case $said in
  *MANIFEST_UNKNOWN* | *NAME_UNKNOWN* | *'404 Not Found'*) ;;
  *) printf 'dependency-cache: the registry does not tell whether it has %s: %s\n' "$reference" "$said" >&2; exit 1 ;;
esac
tar -C "$LAYERS" -cf /work/layers.tar .
registry append --oci-empty-base -f /work/layers.tar -t "$reference" >/dev/null
printf 'dependency-cache: kept %s\n' "$reference"
