#!/bin/sh
# Pushes the OCI layout $LAYOUT as $IMAGE:$COMMIT and reports the digest in the registry. An existing tag with the same digest is
# success, so a retried pod ends in the same state; one with another digest is never moved.
set -eu
task=image-push
reference=$IMAGE:$COMMIT

check_digest
check_image "$IMAGE" "$COMMIT"

find_digest "$reference"
if [ -n "$found" ]; then
  [ "$found" = "$DIGEST" ] ||
    fail 3 "$reference is there already as $found and was built as $DIGEST; tags of commits do not move: push a new commit"
  printf 'image-push: %s is there already\n' "$reference"
else
  said=$(registry push "$LAYOUT" "$reference" 2>&1) ||
    fail 1 "$reference could not be pushed: $(printf '%s' "$said" | tail -n 1)"
  find_digest "$reference"
  [ -n "$found" ] || fail 1 "$reference is not there after it was pushed"
  [ "$found" = "$DIGEST" ] || fail 3 "$reference was built as $DIGEST and the registry has it as $found"
  printf 'image-push: pushed %s\n' "$reference"
fi
printf '%s' "$found" >"$RESULT_DIGEST_PATH"
printf '%s@%s' "$IMAGE" "$found" >"$RESULT_REFERENCE_PATH"
