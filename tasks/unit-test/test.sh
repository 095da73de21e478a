#!/bin/sh
# Runs the command in the arguments. Leaves its output and its exit status to the next step.
set -u
# Only an unfinished attempt is retried: failed tests are final.
if [ -f "$VERDICT/.refused" ]; then
  cat "$VERDICT/.refused.log"
  exit 0
fi
mkdir "$HOME/.unit-test"
cd "$HOME/.unit-test" || exit 1
mkfifo output
tee log <output &
tee=$!
(cd /code && exec "$@") >output 2>&1
printf '%s' "$?" >status
# Processes that the tests left running may keep the pipe open.
(sleep 2 && kill "$tee") >/dev/null 2>&1 &
wait "$tee"
exit 0
