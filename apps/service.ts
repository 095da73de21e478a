import { dirname } from 'node:path';
import { database } from '../charts/database.ts';
import { externalSecrets } from '../charts/external-secrets.ts';
import { scheduledService } from '../charts/scheduled-service.ts';
import { type ServicePod, waves } from '../charts/service-pod.ts';
import { startSeconds, webService } from '../charts/web-service.ts';
import { inWave } from '../lib/kube/argocd.ts';
import { label } from '../lib/kube/labels.ts';
import type { Resources } from '../lib/kube/resources.ts';
import { releasePath } from '../lib/release/releases.ts';
import { databaseHost, databasePort, healthHost } from '../overlays/names.ts';
import type { Overlay, OverlayFields, ServiceValues, Site } from '../overlays/overlay.ts';
import type { StackName } from '../pipelines/deliver/stacks.ts';
import type { App, Target } from './app.ts';
import { databaseOf, storePlaces, type Uses } from './stores.ts';
import { callsOf, serviceSecrets, signInOf, variablesOf } from './variables.ts';

/** A service. Its image and what stands here is all of its configuration. `definition.ts` has the rules. */
export type Service = {
  name: string;
  stack: StackName;
  /** On disk it writes its log, and to `writableTmp`. */
  resources: Omit<Resources, 'disk'>;
  /** Size of a writable /tmp; the rest of the root file system is read-only. */
  writableTmp?: string;
  /** Environment variables; an environment may have other values for them. */
  env?: Record<string, string>;
  /**
   * Environment variables with the key of a Secret, whose name begins with that of the service. `for`: only where there are stores, for this
   * one of `uses`.
   */
  secrets?: Record<string, { secret: string; key: string; for?: string }>;
  /**
   * Services of its environment that it calls, by the environment variable for the address. `insteadOf`: only where there are no stores, in place of
   * this topic of `uses`.
   */
  calls?: Record<string, { service: { name: string; port?: number }; path: string; insteadOf?: string }>;
  /** What it stores in, by name. On a site without stores it keeps all that in memory. */
  uses?: Uses;
} & (Serving | Worker | Scheduled);

/** An HTTP server on one port. */
type Serving = {
  port: number;
  /** Paths that answer whether it is alive and whether it takes requests, if they are not /healthz and /readyz. */
  health?: { live?: string; ready?: string };
  /** It shows things to their holder alone: behind an entrance it takes the holder from there (`SIGN_IN=required`), see entrance/headers.ts. */
  holders?: true;
  /** Seconds until it is alive, if they may be more than 120. */
  slowStart?: number;
  kind?: never;
  schedule?: never;
};
/** Runs all the time and has no port: it reads a topic, for example. */
type Worker = { kind: 'worker'; port?: never; holders?: never; health?: never; slowStart?: never; schedule?: never };
/** Runs at its times, in UTC, and ends. */
type Scheduled = { schedule: string; port?: never; holders?: never; health?: never; slowStart?: never; kind?: never };

/** A definition with the values of an environment. */
export const withValues = (service: Service, { env, resources }: ServiceValues = {}): Service => ({
  ...service,
  ...(env ? { env: { ...service.env, ...env } } : {}),
  resources: {
    requests: { ...service.resources.requests, ...resources?.requests },
    limits: { ...service.resources.limits, ...resources?.limits },
  },
});

/**
 * How many pods of a service there are. One that keeps in its own memory what it has stores for has one replica, because two would answer
 * differently. (There are two during a rollout, which loses that memory in any case.)
 */
export const replicasOf = (
  { uses = {} }: Service,
  { replicas }: Pick<Overlay, 'replicas'>,
  { stores, mostReplicas = Number.POSITIVE_INFINITY }: Pick<Site, 'stores' | 'mostReplicas'>,
) =>
  Object.keys(uses).length > 0 && !stores
    ? { min: 1, max: 1 }
    : { min: Math.min(replicas.min, mostReplicas), max: Math.min(replicas.max, mostReplicas) };

/** Pods of a service at the same time, at most: while others replace them, or start again, each may be there twice. */
export function mostPods(service: Service, overlay: Overlay, site: Site): number {
  const migration = databaseOf(service, { site, overlay }) ? 2 : 0;
  if (service.schedule !== undefined) return 2 + migration;
  // A rollout takes one pod at a time: the pod that is new, and one that still drains.
  return 2 * replicasOf(service, overlay, site).max + 1 + migration;
}

/** A service in an environment. */
export function serviceApp(definition: Service, overlay: Overlay, site: Site): App {
  const { name } = definition;
  const environment = overlay.name;
  const release = dirname(releasePath(environment, name));
  return {
    name: `${name}-${environment}`,
    project: environment,
    folder: `rendered/${environment}/${name}`,
    reads: [release],
    namespace: environment,
    labels: { [label.service]: name, [label.environment]: environment },
    retain: overlay.retain,
    wave: 1,
    charts: {
      [`apps/${name}.ts`]: (chart, target) =>
        build(chart, withValues(definition, overlay.services?.[name]), overlay, target),
    },
    together: `${name}.yaml`,
    kustomization: {
      components: [`../../../${release}`],
      // A release is a digest, the same in every region; each cluster pulls it from its own region's registry.
      images: [{ name, newName: `${site.regions[overlay.region].registry}/${name}` }],
    },
  };
}

/** By which a service of an environment is asked from outside the cluster. */
export const hostsOf = (
  service: string,
  { subdomain, answersFor, observed, region }: OverlayFields,
  domain: string,
): string[] => [
  ...[subdomain, ...answersFor].map((before) => `${service}.${before}${domain}`),
  ...(observed ? [healthHost(service, region, domain)] : []),
];

function build(
  chart: Parameters<App['charts'][string]>[0],
  service: Service,
  overlay: Overlay,
  { site }: Pick<Target, 'site'>,
): void {
  const { name, resources, writableTmp, port, health, slowStart, schedule } = service;
  const where = { site, overlay };
  const callees = callsOf(service, site).flatMap(
    ([
      ,
      {
        service: { name, port },
      },
    ]) => (port ? [{ name, port }] : []),
  );
  const pod: ServicePod = {
    name,
    resources,
    writableTmp,
    env: [...signInOf(service, where), ...variablesOf(service, where)],
    callees: [...new Map(callees.map((callee) => [callee.name, callee])).values()],
    places: storePlaces(service, where),
  };
  const cluster = databaseOf(service, where);
  const migrates = cluster !== undefined;
  if (schedule !== undefined) scheduledService(chart, { ...pod, schedule, migrates });
  else {
    const http = port && {
      port,
      health: { live: '/healthz', ready: '/readyz', ...health },
      startSeconds: slowStart ?? startSeconds,
      hosts: hostsOf(name, overlay, site.ingress.domain),
      monitored: site.regions[overlay.region].monitoring !== undefined,
    };
    const replicas = replicasOf(service, overlay, site);
    webService(chart, { ...pod, replicas, http: http || undefined, migrates }, site.ingress);
  }
  if (cluster) {
    const migrate = Object.values(service.uses ?? {}).flatMap((store) => ('migrate' in store ? store.migrate : []));
    database(chart, pod, { host: databaseHost(name), port: databasePort, ...cluster, migrate });
  }
  if (site.secrets) {
    // Before the pods and a migration, which have them in their environment.
    const annotations = inWave(waves.before);
    const secrets = serviceSecrets([service], [overlay], site);
    externalSecrets(
      chart,
      site.secrets,
      secrets.map((secret) => ({ ...secret, annotations })),
    );
  }
}
