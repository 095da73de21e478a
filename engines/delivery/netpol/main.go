// netpol enforces the NetworkPolicies of a region on its node: the firewall of kube-router, without its router, service proxy and
// load balancer, whose libraries (BGP, IPVS, AWS) are then not built. A pod has no rules in its first second, so the region's init drops
// what a pod outside of a set sends or gets, and netpol adds it once its rules are there.
package main

import (
	"flag"
	"log"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/cloudnativelabs/kube-router/v2/pkg/controllers/netpol"
	"github.com/cloudnativelabs/kube-router/v2/pkg/healthcheck"
	"github.com/cloudnativelabs/kube-router/v2/pkg/options"
	core "k8s.io/api/core/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
)

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// A pod of the cluster, with its address or without one.
type seen struct{ uid, ip string }

func podOf(object any) *core.Pod {
	if gone, ok := object.(cache.DeletedFinalStateUnknown); ok {
		object = gone.Obj
	}
	pod, _ := object.(*core.Pod)
	return pod
}

// watch passes on each pod as it comes and goes, one that has ended as gone: its address may be another's by then.
func watch(pods cache.SharedIndexInformer, to chan<- seen) error {
	pass := func(object any, gone bool) {
		if pod := podOf(object); pod != nil {
			ended := pod.Status.Phase == core.PodSucceeded || pod.Status.Phase == core.PodFailed
			ip := pod.Status.PodIP
			if gone || ended || pod.Spec.HostNetwork {
				ip = ""
			}
			to <- seen{string(pod.UID), ip}
		}
	}
	_, err := pods.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(object any) { pass(object, false) },
		UpdateFunc: func(_, object any) { pass(object, false) },
		DeleteFunc: func(object any) { pass(object, true) },
	})
	return err
}

// Of local/region/init.sh. No ipset: kube-router saves and restores those of others, too, without what was added meanwhile.
const set = "ip new_pods with_rules"

// withRules says which addresses the firewall has rules for: when it fails to write them it only logs that, and beats again.
func withRules() func(ip string) bool {
	rules, err := exec.Command("iptables-save", "-t", "filter").Output()
	if err != nil {
		log.Printf("iptables-save: %s", err)
	}
	return func(ip string) bool { return strings.Contains(string(rules), " -s "+ip+"/32 ") }
}

// admit keeps the set. The firewall beats when it begins to write rules, and waits for the beat to be taken: it then reads every pod that was
// passed on before, and by the next beat it has written their rules, or failed to.
func admit(pods <-chan seen, beats <-chan *healthcheck.ControllerHeartbeat, sync func()) {
	nft := func(command string) {
		if out, err := exec.Command("nft", command).CombinedOutput(); err != nil {
			log.Fatalf("nft %s: %s", command, out)
		}
	}
	// After a restart: an address may be another pod's by now.
	nft("flush set " + set)
	ips, covered, admitted := map[string]string{}, map[string]bool{}, map[string]bool{}
	for {
		select {
		case pod := <-pods:
			if pod.ip == ips[pod.uid] {
				continue
			}
			if pod.ip == "" {
				delete(ips, pod.uid)
			} else {
				ips[pod.uid] = pod.ip
			}
			// The firewall may have begun, and beaten, before this was taken.
			sync()
		case <-beats:
			present := map[string]bool{}
			for _, ip := range ips {
				present[ip] = true
			}
			has := func(string) bool { return false }
			if len(covered) > len(admitted) {
				has = withRules()
			}
			for ip := range covered {
				if present[ip] && !admitted[ip] && has(ip) {
					nft("add element " + set + " { " + ip + " }")
					admitted[ip] = true
				}
			}
			for ip := range admitted {
				if !present[ip] {
					nft("delete element " + set + " { " + ip + " }")
					delete(admitted, ip)
				}
			}
			// New ones at once; those whose rules could not be written, after a moment.
			again := len(present) != len(admitted)
			failed := again && len(present) == len(covered)
			covered = present
			if failed {
				time.AfterFunc(time.Second, sync)
			} else if again {
				sync()
			}
		}
	}
}

func main() {
	kubeconfig := flag.String("kubeconfig", "", "kubeconfig of the cluster")
	node := flag.String("node", "", "name of this node")
	services := flag.String("service-cluster-ip-range", "", "addresses of services")
	flag.Parse()
	rest, err := clientcmd.BuildConfigFromFlags("", *kubeconfig)
	must(err)
	client, err := kubernetes.NewForConfig(rest)
	must(err)

	config := options.NewKubeRouterConfig()
	config.HostnameOverride = *node
	config.ClusterIPCIDRs = []string{*services}
	config.EnableIPv4 = true
	config.RunFirewall = true

	stop := make(chan struct{})
	factory := informers.NewSharedInformerFactory(client, 0)
	pods := factory.Core().V1().Pods().Informer()
	namespaces := factory.Core().V1().Namespaces().Informer()
	policies := factory.Networking().V1().NetworkPolicies().Informer()
	factory.Start(stop)
	factory.WaitForCacheSync(stop)

	var ipsets sync.Mutex
	tables, sets, err := netpol.NewIPTablesHandlers(config)
	must(err)
	firewall, err := netpol.NewNetworkPolicyController(client, config, pods, policies, namespaces, &ipsets, tables, sets)
	must(err)

	// Buffered, so that the firewall hears of a pod no later than this.
	passed := make(chan seen, 1000)
	beats := make(chan *healthcheck.ControllerHeartbeat)
	go admit(passed, beats, firewall.RequestFullSync)
	must(watch(pods, passed))
	for informer, handler := range map[cache.SharedIndexInformer]cache.ResourceEventHandler{
		pods:       firewall.PodEventHandler,
		namespaces: firewall.NamespaceEventHandler,
		policies:   firewall.NetworkPolicyEventHandler,
	} {
		_, err := informer.AddEventHandler(handler)
		must(err)
	}
	var running sync.WaitGroup
	running.Add(1)
	firewall.Run(beats, stop, &running)
}
