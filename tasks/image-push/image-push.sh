#!/bin/sh
# Pushes the OCI layout $SOURCE/image as $IMAGE:$COMMIT and tells the digest that the registry then has. A tag that is there with
# the same digest is success, so a retried pod ends in the same state; one with another digest is never moved.
set -eu
PATH=$PATH:/ko-app
reference=$IMAGE:$COMMIT

fail() {
  printf 'image-push: %s\n' "$2" >&2
  # Tekton keeps 4 KiB of results together.
  printf '%.900s' "$2" >"${RESULT_REASON_PATH:-/dev/null}"
  exit "$1"
}
case ${#DIGEST}:$DIGEST in
  71:sha256:*[!0-9a-f]*) fail 64 'digest: allowed is "sha256:" and 64 hex digits' ;;
  71:sha256:*) ;;
  *) fail 64 'digest: allowed is "sha256:" and 64 hex digits' ;;
esac
case $IMAGE@$COMMIT in
  *[!a-z0-9:/._@-]* | -*) fail 64 'image: allowed is <registry>/<repository> without tag, and a commit' ;;
esac

registry() {
  if [ "$INSECURE" = true ]; then crane --insecure "$@"; else crane "$@"; fi
}
# The last line is the digest; crane tells on the others what it had to try.
there() {
  if said=$(registry digest "$reference" 2>&1); then
    found=$(printf '%s\n' "$said" | tail -n 1)
    return 0
  fi
  case $said in
    *MANIFEST_UNKNOWN* | *NAME_UNKNOWN* | *'404 Not Found'*) return 1 ;;
  esac
  fail 1 "the registry does not tell what it has as $reference: $said"
}

if there; then
  [ "$found" = "$DIGEST" ] ||
    fail 3 "$reference is there already as $found and was built as $DIGEST; tags of commits do not move: push a new commit"
  printf 'image-push: %s is there already\n' "$reference"
else
  said=$(registry push "$SOURCE/image" "$reference" 2>&1) ||
    fail 1 "$reference could not be pushed: $(printf '%s' "$said" | tail -n 1)"
  there || fail 1 "$reference is not there after it was pushed"
  [ "$found" = "$DIGEST" ] || fail 3 "$reference was built as $DIGEST and the registry has it as $found"
  printf 'image-push: pushed %s\n' "$reference"
fi
printf '%s' "$found" >"$RESULT_DIGEST_PATH"
printf '%s@%s' "$IMAGE" "$found" >"$RESULT_REFERENCE_PATH"
