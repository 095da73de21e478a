# The init of a region: a whole Kubernetes. local/region/ writes everything below /state.
. /platform-source/sandbox/keep.sh
set -a; . /state/environment; set +a # NAME ADDRESS POD_SUBNET SERVICE_SUBNET REGISTRY_PORT METRICS_SECONDS SERVICES_PORT SERVICES_FROM PLATFORM_HOSTS

echo 1 >/proc/sys/net/ipv4/ip_forward
# The kubelet would set these for the whole machine. It finds the values that it wants here, and leaves the machine alone.
mkdir -p /run/sysctl
as_wanted() {
  echo "$2" >"/run/sysctl/${1//\//.}"
  mount --bind "/run/sysctl/${1//\//.}" "/proc/sys/$1"
}
as_wanted vm/overcommit_memory 1
as_wanted vm/panic_on_oom 0
as_wanted kernel/panic 10
as_wanted kernel/panic_on_oops 1
as_wanted kernel/keys/root_maxkeys 1000000
as_wanted kernel/keys/root_maxbytes 25000000
cd /state
# A cluster starts empty: git says what it should be, and the registry has its images. Of those some are unpacked already.
mkdir -p etcd containerd kubelet volumes
keep etcd etcd --data-dir /state/etcd --listen-client-urls http://127.0.0.1:2379 --advertise-client-urls http://127.0.0.1:2379 \
  --listen-peer-urls http://127.0.0.1:2380 --unsafe-no-fsync --log-level warn
keep registry /registry-engine/registry -address ":$REGISTRY_PORT" -storage /registry -login /state/registry-login
keep apiserver /kubernetes/kube-apiserver --etcd-servers=http://127.0.0.1:2379 --service-cluster-ip-range="$SERVICE_SUBNET" \
  --secure-port=6443 --advertise-address="$ADDRESS" --bind-address=0.0.0.0 \
  --tls-cert-file=pki/apiserver.crt --tls-private-key-file=pki/apiserver.key --client-ca-file=pki/ca.crt \
  --requestheader-client-ca-file=pki/front.crt --requestheader-allowed-names=front --requestheader-username-headers=X-Remote-User \
  --requestheader-group-headers=X-Remote-Group --requestheader-extra-headers-prefix=X-Remote-Extra- \
  --proxy-client-cert-file=pki/proxy-client.crt --proxy-client-key-file=pki/proxy-client.key \
  --kubelet-client-certificate=pki/admin.crt --kubelet-client-key=pki/admin.key --kubelet-certificate-authority=pki/ca.crt \
  --kubelet-preferred-address-types=InternalIP --enable-aggregator-routing=true \
  --service-account-key-file=pki/sa.pub --service-account-signing-key-file=pki/sa.key \
  --service-account-issuer=https://kubernetes.default.svc --authorization-mode=Node,RBAC --allow-privileged=true \
  --profiling=false --max-requests-inflight=800
# Pods that have ended cost containerd and the kubelet a look each second, so only those of the last runs stay; their logs stay by keep-pod-logs.sh.
keep controller-manager /kubernetes/kube-controller-manager --kubeconfig=controller-manager.kubeconfig \
  --service-account-private-key-file=pki/sa.key --root-ca-file=pki/ca.crt --use-service-account-credentials --leader-elect=false \
  --cluster-signing-cert-file=pki/ca.crt --cluster-signing-key-file=pki/ca.key --terminated-pod-gc-threshold=30 \
  --horizontal-pod-autoscaler-sync-period="${METRICS_SECONDS}s"
keep scheduler /kubernetes/kube-scheduler --kubeconfig=scheduler.kubeconfig --leader-elect=false
keep volumes /tools/volumes -kubeconfig admin.kubeconfig -root /state/volumes
rm -rf /logs/pods
keep pod-logs bash /platform-source/region/keep-pod-logs.sh
keep log-shipper /node/node --max-old-space-size=64 --max-semi-space-size=1 /log-shipper/ship.mjs /state/logs.json
keep proxy /kubernetes/kube-proxy --config=proxy.yaml
# NetworkPolicies see traffic between two pods only if the bridge shows it to iptables.
echo 1 >/proc/sys/net/bridge/bridge-nf-call-iptables
# A pod without rules yet reaches nothing but DNS, and only its node reaches it. Dropped, not refused: a client tries again after a second.
nft -f - <<END || exit 1 # A region without its walls does not start.
# NetworkPolicies are of IPv4: by the link-local addresses that IPv6 gives every interface a pod would reach all others on the bridge.
table bridge only_ipv4 {
  chain frames {
    type filter hook prerouting priority filter;
    ether type != { ip, arp } drop
  }
}
table ip new_pods {
  set with_rules { type ipv4_addr; }
  chain sends {
    type filter hook prerouting priority mangle;
    ip saddr $POD_SUBNET ip daddr $SERVICE_SUBNET udp dport 53 accept
    ip saddr $POD_SUBNET ct state new ip saddr != @with_rules drop
  }
  chain gets {
    type filter hook forward priority mangle;
    ip daddr $POD_SUBNET ct state new ip daddr != @with_rules drop
  }
}
# People come to services through the entrance, where they sign in.
table ip services {
  chain arrives {
    type filter hook input priority filter;
    tcp dport $SERVICES_PORT iifname != "lo" ip saddr != { $SERVICES_FROM } drop
  }
}
# kube-router marks the packets that its rules pass, and replaces all of its chains each time it writes rules. A packet that has found the old
# chains just before is judged by none of them, and accepted, where the machine stops it for so long: seen once, on a busy virtual machine.
table ip judged {
  chain passes {
    type filter hook forward priority filter + 10;
    ip saddr $POD_SUBNET ct state new meta mark & 0x20000 == 0 drop
    ip daddr $POD_SUBNET ct state new meta mark & 0x20000 == 0 drop
  }
  chain arrives {
    type filter hook input priority filter + 10;
    ip saddr $POD_SUBNET ct state new meta mark & 0x20000 == 0 drop
  }
}
END
keep ingress /node/node /ingress/ingress.mjs
# containerd unpacks layers with the program of this name, if there is one. igzip takes a quarter of the time of containerd's own code.
ln -sf igzip /usr/bin/unpigz
bash /platform-source/region/keep-images.sh >>/logs/keep-images.log 2>&1
keep containerd containerd --config /state/containerd.toml
until [ -S /run/containerd/containerd.sock ] && [ -e /state/api-is-ready ]; do sleep 0.2; done
keep kubelet /kubernetes/kubelet --config=kubelet.yaml --kubeconfig=kubelet.kubeconfig --hostname-override="$NAME" --node-ip="$ADDRESS" \
  --root-dir=/state/kubelet --housekeeping-interval="${METRICS_SECONDS}s"
# It needs its node, which the kubelet registers.
keep netpol /tools/netpol -kubeconfig admin.kubeconfig -node "$NAME" -service-cluster-ip-range "$SERVICE_SUBNET"
stay
