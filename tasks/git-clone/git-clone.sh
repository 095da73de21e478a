#!/bin/sh
# Clones one commit into $SOURCE/repository. A retry starts over, so it ends in the same state.
set -eu

task=git-clone

case $COMMIT in
  *[!0-9a-f]*) fail 64 'commit: allowed are 40 lower-case hex digits' ;;
esac
[ "${#COMMIT}" -eq 40 ] || fail 64 'commit: allowed are 40 lower-case hex digits'
case $REPOSITORY in
  *[!A-Za-z0-9:/._-]*) fail 64 'repository: allowed is an http(s) URL without user and query' ;;
  http://?*/?* | https://?*/?*) ;;
  *) fail 64 'repository: allowed is an http(s) URL without user and query' ;;
esac

# The commit is the same as in an earlier attempt.
refused_before 1

# The token is in the environment, for this address only: in no argument and no file, and not sent after a redirect.
credentials=$(printf 'x-access-token:%s' "$FORGE_TOKEN" | base64 | tr -d '\n')
unset FORGE_TOKEN
export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null GIT_TERMINAL_PROMPT=0 GIT_ALLOW_PROTOCOL=http:https
export GIT_CONFIG_COUNT=6
export GIT_CONFIG_KEY_0="http.$REPOSITORY.extraHeader" GIT_CONFIG_VALUE_0="Authorization: Basic $credentials"
export GIT_CONFIG_KEY_1=http.followRedirects GIT_CONFIG_VALUE_1=false
export GIT_CONFIG_KEY_2=core.hooksPath GIT_CONFIG_VALUE_2=/dev/null
export GIT_CONFIG_KEY_3=submodule.recurse GIT_CONFIG_VALUE_3=false
# Ends a hanging connection before the timeout of the task, so that a retry has time.
export GIT_CONFIG_KEY_4=http.lowSpeedLimit GIT_CONFIG_VALUE_4=1000
export GIT_CONFIG_KEY_5=http.lowSpeedTime GIT_CONFIG_VALUE_5=30

umask 022
# The only folder that the tests of the run can write to.
rm -rf -- "$SOURCE/reports"
mkdir -m 0777 -- "$SOURCE/reports"
repository=$SOURCE/repository
rm -rf -- "$repository"
git init --quiet -- "$repository"
cd "$repository"
git fetch --quiet --depth=1 --no-tags --no-recurse-submodules -- "$REPOSITORY" "$COMMIT"
git -c advice.detachedHead=false checkout --quiet --detach FETCH_HEAD
got=$(git rev-parse --verify HEAD)
[ "$got" = "$COMMIT" ] || fail 64 "asked for $COMMIT and got $got"
# Whether main has it now, which is what the provenance says. By its full name, as a tag may have the short one; commits only, no files.
git fetch --quiet --filter=tree:0 --no-tags --no-recurse-submodules -- "$REPOSITORY" refs/heads/main
status=0
git merge-base --is-ancestor "$COMMIT" FETCH_HEAD || status=$?
case $status in
  0) ref=refs/heads/main ;;
  1) ref=none ;;
  *) fail 64 "cannot find out whether main has $COMMIT" ;;
esac
printf '%s' "$ref" >"$RESULT_REF_PATH"
# The files of git would make two builds of a commit differ.
rm -rf -- .git
printf 'git-clone: %s at %s (%s)\n' "$REPOSITORY" "$COMMIT" "$ref"
