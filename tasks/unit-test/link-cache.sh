#!/bin/sh
# Links what the layer cache has into $HOME: each argument FOLDER=TARGET is a folder of the layers and where it goes below $HOME.
# The tests themselves fetch what is not there, or broken, so nothing here fails.
set -u
unpacked=$HOME/.unpacked
for pair; do
  from=${pair%%=*} to=$HOME/${pair#*=}
  # In the order in which they were made: a later one may have a file of an earlier one anew. The names are of hex digits.
  # shellcheck disable=SC2012
  ls -tr -- "$LAYERS"/*/blobs/sha256/* 2>/dev/null | while read -r blob; do
    mkdir -p -- "$unpacked" "$to"
    # Most have no such folder: other layers, and what says things of layers.
    if tar -xzf "$blob" -C "$unpacked" -- "$from" 2>/dev/null; then
      # Go's modules are folders that nobody may write to.
      chmod -R u+rwX "$unpacked/$from"
      # How a layer says that a file is gone.
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
