# bound-pod-logs.sh FOLDER KIB: of the folders in FOLDER keeps those of the last two weeks, and of these the newest that together take KIB.
set -eu
find "$1" -mindepth 1 -maxdepth 1 -mtime +14 -exec rm -rf {} +
all=0
find "$1" -mindepth 1 -maxdepth 1 -printf '%T@ %p\n' | sort -rn | cut -d ' ' -f 2- | while read -r pod; do
  size=$(du -ks "$pod" | cut -f 1)
  all=$((all + size))
  [ "$all" -le "$2" ] || rm -rf "$pod"
done
