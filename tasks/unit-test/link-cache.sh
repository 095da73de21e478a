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
  # Oldest first: a later layer may replace a file. The names are hex digits.
  # shellcheck disable=SC2012
  ls -tr -- "$LAYERS"/*/blobs/sha256/* 2>/dev/null | while read -r blob; do
    mkdir -p -- "$unpacked" "$to"
    # Most blobs have no such folder: other layers, manifests and configs.
    if tar -xzf "$blob" -C "$unpacked" -- "$from" 2>/dev/null; then
      # Go makes the folders of modules read-only.
      chmod -R u+rwX "$unpacked/$from"
      # Whiteouts: files that a layer deletes.
      find "$unpacked/$from" -name '.wh.*' -exec rm -rf -- {} +
      if cp -Rlf -- "$unpacked/$from/." "$to/"; then
        printf 'unit-test: %s comes from the layer cache\n' "$to"
      fi
    fi
    chmod -R u+rwX "$unpacked"
    rm -rf -- "$unpacked"
  done
done
exit 0
