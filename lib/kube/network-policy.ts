import { k8s } from 'cdk8s-plus-27';
import { linkLocal } from './link-local.ts';

/** What the Tasks of a pipeline may reach over the network, besides DNS. `registry`: those of all regions. */
export type Reach = 'forge' | 'registry' | 'sonarqube' | 'internet';

/** The networks of a site, which a pod of a run reaches only where a rule names the place. */
export type Networks = {
  /** CIDRs of pods, services, nodes and whatever else is not the internet. */
  own: readonly string[];
  /** Where in them stands what Tasks reach. What is missing here stands on the internet. */
  places: Partial<Record<Reach, readonly { address: string; port: number }[]>>;
};

/** A range of addresses outside of the cluster, and a port there. */
export type Place = { cidr: string; except?: readonly string[]; port: number };

/** Egress to everywhere except the metadata services, which hand out credentials of roles. */
export const egressExceptMetadata = [{ to: [{ ipBlock: { cidr: '0.0.0.0/0', except: [linkLocal] } }] }];

const tcp = (port: number): k8s.NetworkPolicyPort => ({ protocol: 'TCP', port: k8s.IntOrString.fromNumber(port) });

/** Egress to one of the things that Tasks reach. */
export function egressTo(reach: Reach, { own, places }: Networks): k8s.NetworkPolicyEgressRule[] {
  const there = places[reach];
  if (there)
    return there.map(({ address, port }) => ({ to: [{ ipBlock: { cidr: `${address}/32` } }], ports: [tcp(port)] }));
  // Package sources of Debian speak http.
  return [{ to: [{ ipBlock: { cidr: '0.0.0.0/0', except: [linkLocal, ...own] } }], ports: [tcp(80), tcp(443)] }];
}

/** Egress to these places, a rule for each port. */
export const egressToPlaces = (places: readonly Place[]): k8s.NetworkPolicyEgressRule[] =>
  [...new Set(places.map(({ port }) => port))].map((port) => ({
    to: places
      .filter((place) => place.port === port)
      .map(({ cidr, except }) => ({ ipBlock: { cidr, ...(except ? { except: [...except] } : {}) } })),
    ports: [tcp(port)],
  }));

/** The API server has no pod to select, and its address is unknown when the policy is rendered. */
export const apiServerPorts: readonly number[] = [443, 6443];

export const egressToDns: k8s.NetworkPolicyEgressRule = {
  to: [
    {
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } },
      podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } },
    },
  ],
  ports: (['UDP', 'TCP'] as const).map((protocol) => ({ protocol, port: k8s.IntOrString.fromNumber(53) })),
};

/** The pods of one program in a namespace, as the other end of a rule. */
export const podsNamed = (namespace: string, name: string): k8s.NetworkPolicyPeer => ({
  namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
  podSelector: { matchLabels: { 'app.kubernetes.io/name': name } },
});
/** Prometheus, which reads the metrics of all others. */
export const prometheus = podsNamed('monitoring', 'prometheus');
export const toPort = (port: number | string): k8s.NetworkPolicyPort[] => [
  {
    protocol: 'TCP',
    port: typeof port === 'number' ? k8s.IntOrString.fromNumber(port) : k8s.IntOrString.fromString(port),
  },
];
