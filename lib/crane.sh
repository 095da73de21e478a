#!/bin/sh
# Functions for scripts that call a registry. All but `registry` need step.sh. `limit`: seconds per call, because an unreachable region does
# not answer at all; no limit if unset.
PATH=$PATH:/ko-app

# registry ARGUMENTS: crane.
registry() {
  if [ "$INSECURE" = true ]; then set -- --insecure "$@"; fi
  if [ -z "${limit:-}" ]; then
    crane "$@"
    return
  fi
  timeout "$limit" crane "$@" || {
    code=$?
    # The exit statuses of GNU's and BusyBox's timeout.
    case $code in 124 | 143) printf '\nno answer within %s s\n' "$limit" >&2 ;; esac
    return "$code"
  }
}
# find_digest REFERENCE: sets `found` to its digest, or to nothing if the registry does not have it. Fails if the registry does not say.
find_digest() {
  if said=$(registry digest "$1" 2>&1); then
    # The last line is the digest; the others are warnings of crane.
    found=$(printf '%s\n' "$said" | tail -n 1)
    case $found in sha256:*) return ;; esac
    fail 1 "the registry does not say what it has as $1: $said"
  fi
  found=
  case $said in
    *MANIFEST_UNKNOWN* | *NAME_UNKNOWN* | *'404 Not Found'*) ;;
    *) fail 1 "the registry does not say what it has as $1: $said" ;;
  esac
}
check_digest() {
  case ${#DIGEST}:$DIGEST in
    71:sha256:*[!0-9a-f]*) ;;
    71:sha256:*) return ;;
  esac
  fail 64 'digest: allowed is "sha256:" and 64 hex digits'
}
# check_image IMAGE TAG
check_image() {
  case $1:$2 in
    *[!a-z0-9:/._-]* | -*) fail 64 'image: allowed is <registry>/<repository> without tag, and a tag' ;;
  esac
}
