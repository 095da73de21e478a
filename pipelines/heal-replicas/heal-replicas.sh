#!/bin/sh
# Copies to the registry $STANDBY what it lacks of the images that $HOME_REGISTRY has of each of $SERVICES: replicas that were late when
# their run ended. It compares and copies only the difference, so it may end anywhere and run again; a tag is never moved. Where
# $SIGNATURES is true, what is signed about an image goes before it, and an image of which not all is signed yet waits.
set -eu
PATH=$PATH:/ko-app
status=0
registry() {
  if [ "$INSECURE" = true ]; then timeout 120 crane --insecure "$@"; else timeout 120 crane "$@"; fi
}
# Signature, bill of materials and provenance of a digest.
signed() {
  [ "$SIGNATURES" = true ] || return 0
  tag=sha256-${digest#sha256:}
  said=$(registry manifest "$HOME_REGISTRY/$service:$tag" 2>&1) || return 1
  if [ "$(printf '%s' "$said" | grep -o '"digest"' | wc -l)" -lt 3 ]; then
    said='not all of it is signed'
    return 1
  fi
  said=$(registry copy "$HOME_REGISTRY/$service:$tag" "$STANDBY/$service:$tag" 2>&1)
}
say() { printf 'heal-replicas: %s\n' "$1"; }
# The tags of a repository that name a commit, a line each; none where there is no repository yet.
tags() {
  if said=$(registry ls "$1" 2>&1); then
    printf '%s\n' "$said" | grep -x '[0-9a-f]\{40\}' || true
    return 0
  fi
  case $said in
    *NAME_UNKNOWN* | *'404 Not Found'*) return 0 ;;
  esac
  say "$1: $(printf '%s' "$said" | tail -n 1 | cut -c 1-300)" >&2
  return 1
}

for service in $SERVICES; do
  if ! here=$(tags "$HOME_REGISTRY/$service") || ! there=$(tags "$STANDBY/$service"); then
    status=1
    continue
  fi
  for commit in $here; do
    said=
    case "$there" in
      *"$commit"*) continue ;;
    esac
    if digest=$(registry digest "$HOME_REGISTRY/$service:$commit" 2>&1) && signed &&
      said=$(registry copy "$HOME_REGISTRY/$service@$digest" "$STANDBY/$service:$commit" 2>&1); then
      say "copied $service:$commit as $digest"
    else
      say "$service:$commit: $(printf '%s' "${said:-$digest}" | tail -n 1 | cut -c 1-300)" >&2
      status=1
    fi
  done
done
exit "$status"
