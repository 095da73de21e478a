import { dirname } from 'node:path';
import * as v from 'valibot';
import { type WebService, webService } from '../charts/web-service.ts';
import { faultText } from '../lib/errors.ts';
import { label } from '../lib/kube/labels.ts';
import { releasePath } from '../lib/release/releases.ts';
import { shown } from '../lib/text.ts';
import type { Overlay, Site } from '../overlays/overlay.ts';
import { type StackName, stacks } from '../pipelines/deliver/stacks.ts';
import type { App } from './app.ts';

export type Service = WebService & { stack: StackName };

/** A service in an environment. */
export function serviceApp(service: Service, { name: environment, ...overlay }: Overlay, site: Site): App {
  const { name } = service;
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
    charts: { [`apps/${name}.ts`]: (chart) => webService(chart, service, overlay, site.ingress) },
    together: `${name}.yaml`,
    kustomization: {
      components: [`../../../${release}`],
      // A release is a digest, the same in every region; each cluster pulls it from its own region's registry.
      images: [{ name, newName: `${site.regions[overlay.region].registry}/${name}` }],
    },
  };
}

// Leaves room for `-main-<12 digits>` and the suffixes of pods in a label of 63 characters.
const nameLimit = 40;
/** Hosts and repositories of the platform itself, which a service must not take. */
const reserved = ['argocd', 'forge', 'hooks', 'platform', 'registry', 'slack', 'sonarqube'];

/** Millicores, or mebibytes. */
const amountOf = (text: string): number =>
  text.endsWith('m') || text.endsWith('Mi')
    ? Number.parseInt(text, 10)
    : Number.parseInt(text, 10) * (text.endsWith('Gi') ? 1024 : 1000);

const text = (pattern: RegExp, allowed: string) => v.pipe(v.string(allowed), v.regex(pattern, allowed));
const record = <const E extends v.ObjectEntries>(entries: E, cure = 'take it out, or correct its name') =>
  v.strictObject(entries, `${Object.keys(entries).join(', ')}; ${cure}`);

const cpu = text(/^[1-9][0-9]*m?$/, 'such as "50m" or "1"; set it');
const memory = text(/^[1-9][0-9]*[MG]i$/, 'such as "64Mi" or "1Gi"; set it');
const name = `a DNS label of at most ${nameLimit}: a letter first, then lower-case letters, digits and "-"; rename it`;
const port = 'a whole number from 1024 to 65535; let it listen there: a user other than root cannot open a lower one';
const variable = 'capital letters, digits and "_"; rename it: it is an environment variable';
/** Messages say what is allowed, and the cure. Types are checked too: Node runs TypeScript without the compiler. */
const definition = record({
  name: v.pipe(text(/^[a-z]([-a-z0-9]*[a-z0-9])?$/, name), v.maxLength(nameLimit, name)),
  stack: v.picklist(
    Object.keys(stacks),
    `${Object.keys(stacks).join(', ')}; choose one: it decides the image that tests the service`,
  ),
  port: v.pipe(v.number(port), v.integer(port), v.minValue(1024, port), v.maxValue(65535, port)),
  resources: record({ requests: record({ cpu, memory }), limits: record({ cpu: v.optional(cpu), memory }) }, 'set it'),
  writableTmp: v.optional(memory),
  singleton: v.optional(v.literal(true, 'true, or nothing; take it out')),
  calls: v.optional(
    v.record(
      text(/^[A-Z][A-Z0-9_]*$/, variable),
      record({ service: v.any(), path: text(/^(\/[A-Za-z0-9._~-]+)*\/?$/, 'a path such as "/tickets"; correct it') }),
      'services by environment variable; correct it',
    ),
  ),
});

/** Faults between fields and between services, each as field, value, and what is allowed with the cure. */
function* crossFaults(service: Service, index: number, services: readonly unknown[]) {
  const { name, resources, calls = {} } = service;
  if (reserved.includes(name))
    yield ['name', name, `one that is not of the platform itself (${reserved.join(', ')}); rename it`] as const;
  const first = services.findIndex((other) => Object(other).name === name);
  if (first < index)
    yield ['name', name, `a name of its own, service ${first + 1} is called so; rename one, or list it once`] as const;
  for (const key of ['cpu', 'memory'] as const) {
    const [request, limit] = [resources.requests[key], resources.limits[key]];
    if (limit !== undefined && amountOf(request) > amountOf(limit))
      yield [`resources.requests.${key}`, request, `at most the limit ${limit}; lower it, or raise the limit`] as const;
  }
  for (const [variable, call] of Object.entries(calls))
    if (call.service === service || !services.includes(call.service))
      yield [`calls.${variable}.service`, Object(call.service).name, 'another service of the list; list it'] as const;
}

/** All faults of the service definitions. */
export const serviceFaults = (services: readonly unknown[]): string[] =>
  services.flatMap((given, index) => {
    const { name } = Object(given) as { name?: unknown };
    const where = `apps/index.ts: service ${index + 1}${typeof name === 'string' && name ? ` (${shown(name)})` : ''}`;
    const { success, issues = [] } = v.safeParse(definition, given);
    const found = success
      ? [...crossFaults(given as Service, index, services)]
      : issues.map((issue) => [v.getDotPath(issue) ?? 'definition', issue.input, issue.message] as const);
    return found.map(([what, given, allowed]) => faultText({ where, what, given, allowed }));
  });
