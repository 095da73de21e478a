#!/bin/sh
# Copies to the registry $STANDBY what it lacks of the images that $HOME_REGISTRY has of each of $SERVICES: replicas that were late when
# their run ended, or lost since. It compares and copies only the difference, so it may end anywhere and run again; a tag of a commit is
# never moved. Where $SIGNATURES is true, what is signed about images goes before them, and an image of which not all is signed yet waits.
set -eu
PATH=$PATH:/ko-app
status=0
registry() {
  if [ "$INSECURE" = true ]; then timeout 120 crane --insecure "$@"; else timeout 120 crane "$@"; fi
}
say() { printf 'heal-replicas: %s\n' "$1"; }
failed() {
  say "$1: $(printf '%s' "$said" | tail -n 1 | cut -c 1-300)" >&2
  status=1
}
# The tags of a repository, a line each; none where there is no repository yet.
tags() {
  if said=$(registry ls "$1" 2>&1); then
    printf '%s\n' "$said"
    return 0
  fi
  case $said in
    *NAME_UNKNOWN* | *'404 Not Found'*) return 0 ;;
  esac
  failed "$1"
  return 1
}
# The tags of $here that match and are not in $there. By the shell itself: the list of a year is longer than an argument may be.
missing() {
  printf '%s\n' "$here" | grep -x "$1" | while read -r tag; do
    case $there in *"$tag"*) ;; *) printf '%s\n' "$tag" ;; esac
  done
}
# Signature, bill of materials and provenance: clients keep them under a tag made of the digest.
signed() {
  said=$(registry manifest "$HOME_REGISTRY/$service:$1" 2>&1) || return 1
  [ "$(printf '%s' "$said" | grep -o '"digest"' | wc -l)" -ge 3 ] || {
    said='not all of it is signed'
    return 1
  }
}

for service in $SERVICES; do
  if ! here=$(tags "$HOME_REGISTRY/$service") || ! there=$(tags "$STANDBY/$service"); then
    status=1
    continue
  fi
  if [ "$SIGNATURES" = true ]; then
    for tag in $(missing 'sha256-[0-9a-f]\{64\}'); do
      if signed "$tag" && said=$(registry copy "$HOME_REGISTRY/$service:$tag" "$STANDBY/$service:$tag" 2>&1); then
        say "copied what is signed about $service@sha256:${tag#sha256-}"
      else
        failed "$service:$tag"
      fi
    done
  fi
  for commit in $(missing '[0-9a-f]\{40\}'); do
    if said=$(registry digest "$HOME_REGISTRY/$service:$commit" 2>&1) && digest=$(printf '%s\n' "$said" | tail -n 1) &&
      { [ "$SIGNATURES" != true ] || signed "sha256-${digest#sha256:}"; } &&
      said=$(registry copy "$HOME_REGISTRY/$service@$digest" "$STANDBY/$service:$commit" 2>&1); then
      say "copied $service:$commit as $digest"
    else
      failed "$service:$commit"
    fi
  done
done
exit "$status"
