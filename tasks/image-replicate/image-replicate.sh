#!/bin/sh
# Copies the image and its signatures to $REPLICA, retrying for $WAIT seconds. A failure does not stop the release in the first region: the
# next step finds the replica late, and backfill-replicas copies it later.
set -eu
task=image-replicate
limit=30
end=$(($(date +%s) + WAIT))

check_digest
check_image "$IMAGE" "$COMMIT"
check_image "$REPLICA" "$COMMIT"

# The referrers tag, by which clients list signatures in a registry without a referrers API (OCI distribution 1.1).
signatures=sha256-${DIGEST#sha256:}
while true; do
  # The image last: a replica always has its signatures.
  if said=$(registry copy "$IMAGE:$signatures" "$REPLICA:$signatures" 2>&1) &&
    said=$(registry copy "$IMAGE@$DIGEST" "$REPLICA:$COMMIT" 2>&1); then
    printf 'image-replicate: copied %s to %s\n' "$DIGEST" "$REPLICA"
    break
  fi
  printf 'image-replicate: not yet: %s\n' "$(printf '%s' "$said" | tail -n 1 | cut -c 1-300)"
  [ "$(date +%s)" -lt "$end" ] || break
  sleep 3
done
