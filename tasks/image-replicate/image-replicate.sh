#!/bin/sh
# Copies the image that was released, and what is signed about it, to $REPLICA, trying for $WAIT seconds. A registry that is out of reach
# or refuses does not hinder the release in the first region: the next step finds the replica late, and backfill-replicas copies it later.
set -eu
PATH=$PATH:/ko-app
end=$(($(date +%s) + WAIT))

fail() {
  printf 'image-replicate: %s\n' "$1" >&2
  exit 64
}
case ${#DIGEST}:$DIGEST in
  71:sha256:*[!0-9a-f]*) fail 'digest: allowed is "sha256:" and 64 hex digits' ;;
  71:sha256:*) ;;
  *) fail 'digest: allowed is "sha256:" and 64 hex digits' ;;
esac
for image in "$IMAGE@$COMMIT" "$REPLICA@$COMMIT"; do
  case $image in
    *[!a-z0-9:/._@-]* | -*) fail 'image, replica: allowed is <registry>/<repository> without tag, and a commit' ;;
  esac
done

# A region that is cut off does not refuse, it is silent.
copy() {
  if [ "$INSECURE" = true ]; then set -- --insecure copy "$@"; else set -- copy "$@"; fi
  timeout 30 crane "$@" || {
    code=$?
    # As timeout says it, and as BusyBox's does.
    case $code in 124 | 143) printf '\nno answer within 30 s\n' >&2 ;; esac
    return "$code"
  }
}
# The tag under which clients keep what refers to a digest, where a registry keeps no list of that (OCI distribution 1.1).
signatures=sha256-${DIGEST#sha256:}
while true; do
  # The image last: where it is, its signatures are.
  if said=$(copy "$IMAGE:$signatures" "$REPLICA:$signatures" 2>&1) &&
    said=$(copy "$IMAGE@$DIGEST" "$REPLICA:$COMMIT" 2>&1); then
    printf 'image-replicate: copied %s to %s\n' "$DIGEST" "$REPLICA"
    break
  fi
  printf 'image-replicate: not yet: %s\n' "$(printf '%s' "$said" | tail -n 1 | cut -c 1-300)"
  [ "$(date +%s)" -lt "$end" ] || break
  sleep 3
done
