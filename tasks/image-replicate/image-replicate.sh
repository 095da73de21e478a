#!/bin/sh
# Waits until the registry of the standby's region answers for $REPLICA with the digest that was released, for $WAIT seconds. Where
# $COPY is true it makes the copy itself; elsewhere the registry's own replication does. A replica that is late or refused does not
# hinder the release in the first region: the outcome says so, and the next run of the healer copies what is missing.
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
registry() {
  if [ "$INSECURE" = true ]; then timeout 30 crane --insecure "$@"; else timeout 30 crane "$@"; fi
}
# Whether Tokyo has the manifest, and that of every platform in it. crane checks that what it gets has the digest it asked for.
there() {
  manifest=$(registry manifest "$REPLICA@$DIGEST" 2>&1) || return 1
  case $manifest in
    *'"manifests"'*) ;;
    *) return 0 ;;
  esac
  for platform in $(printf '%s' "$manifest" | grep -o 'sha256:[0-9a-f]\{64\}' | sort -u); do
    registry manifest "$REPLICA@$platform" >/dev/null 2>&1 || return 1
  done
}

outcome=late
while true; do
  if there; then
    outcome=confirmed
    break
  fi
  said=$manifest
  if [ "$COPY" = true ]; then
    if said=$(registry copy "$IMAGE@$DIGEST" "$REPLICA:$COMMIT" 2>&1) && there; then
      outcome=confirmed
      break
    fi
  fi
  [ "$(date +%s)" -lt "$end" ] || break
  printf 'image-replicate: not yet: %s\n' "$(printf '%s' "$said" | tail -n 1 | cut -c 1-300)"
  sleep 3
done
if [ "$outcome" = confirmed ]; then
  printf 'image-replicate: %s has %s\n' "$REPLICA" "$DIGEST"
else
  printf 'image-replicate: %s does not have %s after %s s; the standby stays at its last release\n' "$REPLICA" "$DIGEST" "$WAIT"
fi
printf '%s' "$outcome" >"$RESULT_OUTCOME_PATH"
