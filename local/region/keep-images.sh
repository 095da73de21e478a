# Leaves of the region's last cluster the images that its containers ran, so that the next one need not unpack them again: an eighth of what a
# warm `up` does. Nothing else of it stays. init.sh runs this before containerd.
set -u
cd /state/containerd || exit 1

# Files that were not on the disk yet when the machine stopped may be torn, and nothing would show it.
boot=$(cat /proc/sys/kernel/random/boot_id)
[ "$(cat boot-id 2>/dev/null)" = "$boot" ] || rm -rf ./*
echo "$boot" >boot-id
[ -e io.containerd.metadata.v1.bolt ] || exit 0

# Kubernetes' part of containerd would look for the pods of the last cluster.
containerd --root /state/containerd --config <(printf 'version = 2\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n') &
ctr() { command ctr --namespace k8s.io "$@"; }
clean() {
  for _ in {1..100}; do
    ctr containers ls >/run/containers && break
    sleep 0.1
  done
  ctr images ls >/run/images &&
    # Names of digests alone: what a tag means is asked again.
    awk 'FILENAME ~ /containers/ { ran[$2]; next }
      FNR > 1 { digest[$1] = $3; if ($1 in ran) used[$3] }
      END { for (name in digest) if (name !~ /sha256:/ || !(digest[name] in used)) print name }' \
      /run/containers /run/images >/run/unused &&
    awk 'FNR > 1 { print $1 }' /run/containers | xargs --no-run-if-empty ctr --namespace k8s.io containers rm &&
    xargs --no-run-if-empty ctr --namespace k8s.io images rm </run/unused
}
clean >/dev/null && kept=yes
kill %1 && wait %1
rm -f /run/containerd/containerd.sock
# One that containerd cannot read is as good as none.
[ "${kept-}" ] && rm -rf io.containerd.grpc.v1.cri/* io.containerd.runtime.v2.task/* || rm -rf ./io.*
