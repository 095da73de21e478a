#!/bin/sh
# Refuses a base image with ONBUILD triggers. Kaniko runs them as if they stood in the Dockerfile, where nobody has read them: a COPY --from in
# one names an image, by a tag too, that no provenance would name. Arguments: --build-arg=NAME=image of the platform, which chose these images.
set -eu
task=git-clone
limit=60

for base in $(cat "$RESULT_BASES_PATH"); do
  [ "$base" != none ] || continue
  for own in "$@"; do
    case $own in --build-arg=*"=$base") continue 2 ;; esac
  done
  config=$(registry config "$base") || fail 1 "the registry does not give the config of $base"
  # Kaniko's JSON knows no case. Letters that are escaped are a name that somebody hides.
  flat=$(printf '%s' "$config" | tr -d ' \t\r\n' | tr A-Z a-z | sed 's/"onbuild":null//g; s/"onbuild":\[\]//g')
  case $flat in
    *'"onbuild"'* | *'\u004'* | *'\u005'* | *'\u006'* | *'\u007'*)
      refuse 1 "Dockerfile: $base: is a base image with ONBUILD triggers, which would be built unread; allowed is one without: write into the Dockerfile what they do"
      ;;
  esac
done
