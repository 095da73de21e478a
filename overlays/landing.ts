import type { RegionName } from './overlay.ts';

/** What Terraform builds in a region: addresses, sizes, and from where people come. */
export type Landing = {
  /** Addresses of the VPC. The regions are peered, so no two have the same. */
  network: string;
  /** Addresses of the Services of the cluster. */
  services: string;
  /** Letters of the availability zones. */
  zones: readonly string[];
  /** Networks of the company, from which people reach the API server. */
  people: readonly string[];
  /** The managed node group: it carries what Karpenter needs to run itself. A failover raises `desired`, up to `max`. */
  nodes: { types: readonly string[]; min: number; desired: number; max: number };
  /** Aurora with the data of prod. */
  database: { class: string; instances: number };
  /** `gibibytes`: disk of a broker at first; `most`: to which it grows. */
  kafka: { type: string; gibibytes: number; most: number };
};

export const landings: Record<RegionName, Landing> = {
  seoul: {
    network: '10.10.0.0/16',
    services: '172.20.0.0/16',
    zones: ['a', 'b', 'c'],
    people: ['203.0.113.0/24'],
    nodes: { types: ['m7i.large', 'm6i.large'], min: 3, desired: 3, max: 20 },
    database: { class: 'db.r6g.large', instances: 2 },
    kafka: { type: 'kafka.m7g.large', gibibytes: 100, most: 500 },
  },
  // The same but for the number of nodes and readers: after a failover Tokyo carries all traffic.
  tokyo: {
    network: '10.20.0.0/16',
    services: '172.21.0.0/16',
    // New accounts do not get zone b.
    zones: ['a', 'c', 'd'],
    people: ['203.0.113.0/24'],
    nodes: { types: ['m7i.large', 'm6i.large'], min: 2, desired: 2, max: 20 },
    database: { class: 'db.r6g.large', instances: 1 },
    kafka: { type: 'kafka.m7g.large', gibibytes: 100, most: 500 },
  },
};

/** The network of the witness: small, and in one zone. When that fails the witness says nothing, which alarms and starts nothing. */
export const witness: Pick<Landing, 'network' | 'zones'> = { network: '10.30.0.0/20', zones: ['a'] };

/** From where the forge delivers webhooks: `hooks` of https://api.github.com/meta, which GitHub changes rarely and says so before. */
export const forgeNetworks = ['140.82.112.0/20', '143.55.64.0/20', '185.199.108.0/22', '192.30.252.0/22'];

/** Managed nodes that a failover wants at least in Tokyo, before Karpenter adds others. */
export const failoverNodes = 6;

/**
 * Whether an alarm may move the company to Tokyo. Until a rehearsal in this account went well, the machine only says what it would do:
 * `armed` is a decision of people.
 */
export const failoverArmed = false;

/** Requests that the firewall blocks in a minute before people are notified at once; every five minutes they are notified anyway. */
export const blockedPerMinute = 300;

export const versions = {
  kubernetes: '1.35',
  /** Of Aurora PostgreSQL. All members of the global database have the same, or it does not fail over. */
  postgres: '16.8',
  kafka: '3.9.x',
  /** The permissions in infra/constructs/karpenter.ts are those of this version. */
  karpenter: '1.15.1',
};

/** The database of dev: small, in one region, and stopped by nobody. */
export const devDatabase = { class: 'db.t4g.medium', instances: 1 };

/**
 * A standard RDS instance in Seoul with a read replica in Tokyo, where something cannot use Aurora. Undefined: there is none, and no service needs one.
 * Its promotion takes minutes and cannot be undone.
 */
export const standardDatabase: StandardDatabase | undefined = undefined;
export type StandardDatabase = { name: string; replica: string; class: string; gibibytes: number };
