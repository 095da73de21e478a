#!/bin/bash
# First process of a new mount, pid, uts and ipc namespace: sets up its root file system and runs the init in it.
# All mounts are in this namespace, so they vanish with this process, even after kill -9.
#   enter.sh NAME ROOTFS STATE INIT [SOURCE:TARGET ...]
set -euo pipefail
name=$1 rootfs=$2 state=$3 init=$4
shift 4

mount --make-rprivate /
rm -rf "$state/upper" "$state/work"
mkdir -p "$state/upper" "$state/work" "$state/root"
mount -t overlay overlay -o "lowerdir=$rootfs,upperdir=$state/upper,workdir=$state/work" "$state/root"
root=$state/root
mount -t proc proc "$root/proc"
mount --rbind /sys "$root/sys"
mount --rbind /dev "$root/dev"
mount -t tmpfs -o mode=755 tmpfs "$root/run"
[ -d /lib/modules ] && mkdir -p "$root/lib/modules" && mount --bind -o ro /lib/modules "$root/lib/modules"
for bind in "$@"; do
  mkdir -p "$root${bind#*:}"
  mount --bind "${bind%%:*}" "$root${bind#*:}"
done
cp "$state/hosts" "$root/etc/hosts"
cp "$state/resolv.conf" "$root/etc/resolv.conf"
hostname "$name"

cd "$root"
mkdir -p old
pivot_root . old
umount -l /old
# Mounts propagate between kubelet, containerd and their containers.
mount --make-rshared /
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
cd /
exec /bin/bash "$init"
