#!/bin/sh
# Copies the image that was released, and what is signed about it, to $REPLICA, trying for $WAIT seconds. A registry that is out of reach
# or refuses does not hinder the release in the first region: the next step finds the replica late, and backfill-replicas copies it later.
set -eu
task=image-replicate
limit=30
end=$(($(date +%s) + WAIT))

check_digest
check_image "$IMAGE" "$COMMIT"
check_image "$REPLICA" "$COMMIT"

# The tag under which clients keep what refers to a digest, where a registry keeps no list of that (OCI distribution 1.1).
signatures=sha256-${DIGEST#sha256:}
while true; do
  # The image last: where it is, its signatures are.
  if said=$(registry copy "$IMAGE:$signatures" "$REPLICA:$signatures" 2>&1) &&
    said=$(registry copy "$IMAGE@$DIGEST" "$REPLICA:$COMMIT" 2>&1); then
    printf 'image-replicate: copied %s to %s\n' "$DIGEST" "$REPLICA"
    break
  fi
  printf 'image-replicate: not yet: %s\n' "$(printf '%s' "$said" | tail -n 1 | cut -c 1-300)"
  [ "$(date +%s)" -lt "$end" ] || break
  sleep 3
done
