#!/bin/sh
# Saves the layers in $LAYERS as $IMAGE/dependencies:$CACHE_KEY. What is there is never replaced: the key says all that it can come from.
set -eu
PATH=$PATH:/ko-app

registry() {
  if [ "$INSECURE" = true ]; then timeout 120 crane --insecure "$@"; else timeout 120 crane "$@"; fi
}
case $IMAGE:$CACHE_KEY in
  *[!a-z0-9:/._-]* | -*) printf 'cache-save: image: allowed is <registry>/<repository>, and a key\n' >&2; exit 64 ;;
esac
if [ ! -e "$LAYERS/complete" ]; then
  printf 'cache-save: not all layers were built\n'
  exit 0
fi
reference=$IMAGE/dependencies:$CACHE_KEY
if said=$(registry digest "$reference" 2>&1); then
  printf 'cache-save: %s is saved already\n' "$reference"
  exit 0
fi
case $said in
  *MANIFEST_UNKNOWN* | *NAME_UNKNOWN* | *'404 Not Found'*) ;;
  *) printf 'cache-save: the registry does not tell whether it has %s: %s\n' "$reference" "$said" >&2; exit 1 ;;
esac
tar -C "$LAYERS" -cf /work/layers.tar .
registry append --oci-empty-base -f /work/layers.tar -t "$reference" >/dev/null
printf 'cache-save: saved %s\n' "$reference"
