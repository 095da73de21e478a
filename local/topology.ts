import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

export const repository = dirname(import.meta.dirname);

/** Built engines, root file systems, images: keyed by their pins, shared by every clone, never deleted by `down`. */
export const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'gitops-platform');

/** What runs now and what it stores. One platform a machine: its network names are the machine's. */
export const state = '/var/lib/gitops-platform';
export const logs = join(state, 'logs');

/** The only names that the platform takes on the machine outside its own folders. */
export const host = {
  bridge: 'gitops0',
  bridgeAddress: '10.89.0.1',
  subnet: '10.89.0.0/24',
  nftTable: 'gitops_platform',
  cgroup: 'gitops-platform',
};

export interface Region {
  name: string;
  address: string;
  podSubnet: string;
  serviceSubnet: string;
}

export const seoul: Region = {
  name: 'seoul',
  address: '10.89.0.2',
  podSubnet: '10.244.0.0/16',
  serviceSubnet: '10.96.0.0/16',
};

export const tokyo: Region = {
  name: 'tokyo',
  address: '10.89.0.3',
  podSubnet: '10.245.0.0/16',
  serviceSubnet: '10.97.0.0/16',
};

export const regions = [seoul, tokyo];

/** Loopback ports for people; each is forwarded to the address behind it by the `outside`. */
export const ports = {
  forge: { port: 3000, to: `${host.bridgeAddress}:3000` },
  services: { port: 8000, to: `${seoul.address}:80` },
  tokyo: { port: 8001, to: `${tokyo.address}:80` },
  sonarqube: { port: 9000, to: '10.89.0.4:9000' },
  slack: { port: 8800, to: `${host.bridgeAddress}:8800` },
  registry: { port: 5000, to: `${seoul.address}:5000` },
  tokyoRegistry: { port: 5001, to: `${tokyo.address}:5000` },
} as const;

/** The registry of a region as pods, the kubelets and the rendered tree know it. */
export const registry = (region: Region) => `registry.${region.name}.internal:5000`;
/** The same registry as this machine reaches it. */
export const registryFromHost = (region: Region) => `${region.address}:5000`;
