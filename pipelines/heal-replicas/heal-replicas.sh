#!/bin/sh
# Copies to the registry $STANDBY what it lacks of the images that $HOME_REGISTRY has of each of $SERVICES: replicas that were late when
# their run ended, or lost since. It compares and copies only the difference, so it may end anywhere and run again; a tag of a commit is
# never moved. Where $SIGNATURES is true, what is signed about an image goes before it, and an image whose provenance is not signed yet waits.
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
# The tags of $here that match and are not in $there; without an argument, which would have a limit that the list of a year exceeds.
missing() { printf '%s\n' "$there" "$there" "$here" | sort | uniq -u | grep -x "$1" || true; }
# Whether the provenance is there, which is signed last. Clients keep what is signed about a digest under a tag made of it.
signed() {
  said=$(registry manifest "$HOME_REGISTRY/$service:$1" 2>&1) || return 1
  for one in $(printf '%s' "$said" | grep -o 'sha256:[0-9a-f]\{64\}'); do
    case $(registry manifest "$HOME_REGISTRY/$service@$one" 2>&1) in *slsa.dev/provenance*) return 0 ;; esac
  done
  return 1
}
copy() { said=$(registry copy "$HOME_REGISTRY/$service$1" "$STANDBY/$service$2" 2>&1); }

for service in $SERVICES; do
  if ! here=$(tags "$HOME_REGISTRY/$service") || ! there=$(tags "$STANDBY/$service"); then
    status=1
    continue
  fi
  for commit in $(missing '[0-9a-f]\{40\}'); do
    if ! said=$(registry digest "$HOME_REGISTRY/$service:$commit" 2>&1); then
      failed "$service:$commit"
      continue
    fi
    digest=$(printf '%s\n' "$said" | tail -n 1)
    tag=sha256-${digest#sha256:}
    if [ "$SIGNATURES" = true ] && ! signed "$tag"; then
      # That of a run which goes on, or which ended in between.
      say "$service:$commit waits: its provenance is not signed"
    elif { [ "$SIGNATURES" != true ] || copy ":$tag" ":$tag"; } && copy "@$digest" ":$commit"; then
      say "copied $service:$commit as $digest"
      there=$(printf '%s\n' "$there" "$tag")
    else
      failed "$service:$commit"
    fi
  done
  [ "$SIGNATURES" = true ] || continue
  # Signatures that were lost since, of images that are there.
  for tag in $(missing 'sha256-[0-9a-f]\{64\}'); do
    signed "$tag" || continue
    if copy ":$tag" ":$tag"; then say "copied what is signed about $service@sha256:${tag#sha256-}"; else failed "$service:$tag"; fi
  done
done
exit "$status"
