#!/bin/sh
# Links folders into $HOME, as the image has them with the layers of the layer cache on it: each argument FOLDER=TARGET is a folder below /
# and its place below $HOME. Never fails: the tests fetch what is missing or broken.
set -u
unpacked=$HOME/.unpacked
for pair; do
  from=${pair%%=*} to=$HOME/${pair#*=}
  # By symbolic links, as the file systems differ. Official images let root alone read what is root's.
  if [ -r "/$from" ] && mkdir -p -- "$to" && cp -Rs -- "/$from/." "$to/" 2>/dev/null; then
    printf 'unit-test: %s comes from the image\n' "$to"
  fi
done
# Oldest first: a later layer may replace a file. The names are hex digits.
# shellcheck disable=SC2012
ls -tr -- "$LAYERS"/*/blobs/sha256/* 2>/dev/null | while read -r blob; do
  mkdir -p -- "$unpacked"
  (
    folders=$(for pair; do printf '%s\n' "${pair%%=*}"; done)
    # All of a layer at once, because it is compressed. Most have not all of the folders. Whatever else tar says, the layer is broken, or the
    # blob is none: manifests, configs.
    # shellcheck disable=SC2086
    ! tar --delay-directory-restore -xzf "$blob" -C "$unpacked" -- $folders 2>&1 | grep -Evq ': Not found in archive$|: Exiting with failure status'
  ) && for pair; do
    from=$unpacked/${pair%%=*} to=$HOME/${pair#*=}
    [ -d "$from" ] || continue
    mkdir -p -- "$to"
    # Go makes the folders of modules read-only; tar does so last, because files of a folder need not follow one another.
    chmod -R u+rwX "$from"
    # Whiteouts: files that a layer deletes.
    find "$from" -name '.wh.*' -exec rm -rf -- {} +
    if cp -Rlf -- "$from/." "$to/"; then
      printf 'unit-test: %s comes from the layer cache\n' "$to"
    fi
  done
  chmod -R u+rwX "$unpacked"
  rm -rf -- "$unpacked"
done
exit 0
