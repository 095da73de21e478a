import type { FailoverStep } from '../alerts/event.ts';
import type { RegionName } from '../overlays/overlay.ts';
import type { Branch, Role, Sight } from './types.ts';

/**
 * What the handlers need from outside. dr/aws/ implements it for AWS, local/drill/ports.ts for the embedded platform. A port throws `Retryable` for what
 * may work in a moment and `Permanent` for what will not (dr/errors.ts).
 */
export type Ports = {
  now(): Date;
  seoul: SeoulProbes;
  database: Database;
  traffic: Traffic;
  capacity: Capacity;
  /** Whether Tokyo's services answer at its own entrance. */
  tokyoApp(): Promise<Sight>;
  /** Each service that does not answer by Tokyo's whole entrance, with what it answered. */
  entrance(): Promise<string[]>;
  lock: Lock;
  /** The epoch that the fence received last; undefined where the fence counts by itself. */
  writerEpoch(): Promise<WriterEpoch | undefined>;
  /** Whether the execution that has this id still runs. */
  isRunning(execution: string): Promise<boolean>;
  notify(event: FailoverStep): Promise<Notified>;
  standby: Standby;
  /** Publishes what a prober saw: 1 for ok, 0 for fail, and nothing for unknown. */
  publish(seen: Seen): Promise<void>;
  sleep(milliseconds: number): Promise<void>;
};

export type Seen = { writer: Sight; app: Sight; region: Sight };

/** From Tokyo. A probe never throws: what keeps it from seeing is `unknown`. */
export type SeoulProbes = {
  /** Whether the database server speaks at the endpoint of Seoul's own cluster. */
  writer(): Promise<Sight>;
  app(): Promise<Sight>;
  /** Whether the control plane of the region answers. */
  region(): Promise<Sight>;
  /** What the witness in a third region saw in the last minute: without its word Tokyo's own cut would look like Seoul's end. */
  witness(): Promise<Seen>;
};

export type Database = {
  status(): Promise<{ role: Role; version: string; synchronised: boolean | undefined }>;
  /** Tokyo's own cluster. */
  candidate(): Promise<{ version: string; instances: number; available: boolean }>;
  /** Seconds that Tokyo was behind when it was last measured; undefined: not measured in the last 15 minutes. */
  lag(): Promise<number | undefined>;
  /** Promotes Tokyo and accepts the loss of what has not arrived. Returns when the call is accepted, not when it is done. */
  promote(): Promise<void>;
};

export type Endpoint = { id: string; weight: number; keepsClientAddress: boolean };
/** `dial`: percent of the traffic that the accelerator has for this region. */
export type Group = { dial: number; endpoints: Endpoint[] };
export type Traffic = {
  /** Endpoint of each region that the failover turns. */
  endpoint: Record<RegionName, string>;
  groups(): Promise<Record<RegionName, Group>>;
  /** Replaces the whole group, other endpoints too. */
  write(region: RegionName, group: Group): Promise<void>;
  /** Whether all edge locations have the last change. */
  deployed(): Promise<boolean>;
};

export type NodeGroup = { min: number; max: number; desired: number };
export type Capacity = {
  /** Nodes that a failover asks for at least. */
  wanted: number;
  read(): Promise<NodeGroup>;
  /** `busy`: another update is under way. The same token twice is one update. */
  write(group: NodeGroup, token: string): Promise<'accepted' | 'busy'>;
};

export type LockItem = {
  /** Grows with every write, which happens on condition of the one before. */
  version: number;
  /** `failed`: a failover had begun and is not complete. `failed-over`: Tokyo writes and serves until somebody fails back. */
  state: 'idle' | 'running' | 'failed' | 'failed-over';
  epoch: number;
  /** Execution that took it last. */
  owner: string;
  /** Id of its event. */
  event: string;
  since: string;
  decided: Branch | '';
  /** When, ISO 8601; empty without a branch. */
  decidedAt: string;
  moved: 'yes' | 'no';
};
export type Lock = {
  read(): Promise<LockItem | undefined>;
  /** Whether it was written: only if the version before is still `expected` (undefined: no item). */
  write(item: LockItem, expected: number | undefined): Promise<boolean>;
};

/** What the fences of both regions receive: who writes, and a number that only grows. */
export type WriterEpoch = { epoch: number; writer: string };

/** The channels that took a message, and those that failed, with the reason. */
export type Notified = { sent: string[]; failed: string[] };

/** What Tokyo needs beside its database, the traffic and the nodes. */
export type Standby = {
  /** Images of Seoul's registry, older than half an hour, that Tokyo's lacks: `<service>@<digest>`. */
  missingImages(): Promise<string[]>;
  /** Targets in service of each target group. */
  targets(): Promise<{ group: string; healthy: number }[]>;
  /** Actions of the failover's functions that their roles would be denied. */
  denied(): Promise<string[]>;
  /** Publishes the verdict as a metric. */
  publish(ready: boolean): Promise<void>;
};
