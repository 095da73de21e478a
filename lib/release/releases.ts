import { Scalar, stringify } from 'yaml';
import { faultText, UserError } from '../errors.ts';
import { annotation, labelPrefix } from '../kube/labels.ts';
import { oneLine, shown } from '../text.ts';
import { readYaml } from '../untrusted-yaml.ts';
import { exitStatus } from './exit-status.ts';

/**
 * The format of `releases/<env>/<service>/kustomization.yaml`: the version of a service that an environment runs, as a Kustomize
 * Component that `rendered/<env>/<service>/kustomization.yaml` includes. Only robots write these files. So a release is a one-file
 * commit that cannot conflict with another service's, and the log of the file is the deployment history.
 */
export type Release = {
  service: string;
  /** Digest of the image, the same in every region; the registry is the environment's (`rendered/`). */
  digest: string;
  /** The commit of the service's repository, 40 hex digits. */
  commit: string;
  subject: string;
  author: string;
  /** Name of the PipelineRun that built the image. */
  run: string;
};

/** Writes releases and nothing else. Its pushes must never start a pipeline. */
export const robot = { name: 'platform-robot', email: 'platform-robot@tickets.example' };
export const subjectLimit = 200;
export const authorLimit = 100;

/** A release or a release file breaks the rules below; the message names every fault. */
export class ReleaseFault extends UserError {
  override name = 'ReleaseFault';
  constructor(message: string) {
    super(message, exitStatus.damaged);
  }
}

/** Name of the Job that migrates the database of a service. */
export const migrationName = (service: string): string => `${service}-migrate`;

export const releasePath = (environment: string, service: string): string =>
  `releases/${environment}/${service}/kustomization.yaml`;

const header = (service: string): string => `# What this environment runs of ${service}.
# Written by the release step of the pipeline and by scripts/promote only: an edit by hand is lost with the next release.
`;

type Rule = { pattern: RegExp; limit: number; allowed: string };

const rules: Record<'service' | 'digest' | 'commit' | 'run', Rule> = {
  // It becomes the name of a Kubernetes Service: a DNS label that starts with a letter.
  service: {
    pattern: /^[a-z]([-a-z0-9]*[a-z0-9])?$/,
    limit: 63,
    allowed: 'a DNS label: lower-case letters, digits and "-", at most 63',
  },
  digest: { pattern: /^sha256:[0-9a-f]{64}$/, limit: 71, allowed: '"sha256:" and 64 lower-case hex digits' },
  commit: { pattern: /^[0-9a-f]{40}$/, limit: 40, allowed: '40 lower-case hex digits' },
  run: {
    pattern: /^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$/,
    limit: 253,
    allowed: 'the name of a Kubernetes object, at most 253 characters',
  },
};

/** Every fault of a release, a line each; empty when there is none. */
export function releaseFaults(release: { [key in keyof Release]?: unknown }): string[] {
  const faults: string[] = [];
  for (const [field, rule] of Object.entries(rules) as [keyof typeof rules, Rule][]) {
    const value = release[field];
    if (typeof value !== 'string' || value.length > rule.limit || !rule.pattern.test(value))
      faults.push(faultText({ what: field, given: value, allowed: rule.allowed }));
  }
  for (const field of ['subject', 'author'] as const)
    if (typeof release[field] !== 'string')
      faults.push(faultText({ what: field, given: release[field], allowed: 'text' }));
  return faults;
}

/** Quotes every value: Go's YAML reader takes `yes`, `1e3` or 40 decimal digits for other types than text. */
const inner = (value: object): string =>
  stringify(value, { lineWidth: 0, defaultStringType: 'QUOTE_DOUBLE', defaultKeyType: 'PLAIN' });

type Patch = { kind: string; name?: string; patch: string };
function component(service: string, body: { images?: object[]; patches: Patch[] }): string {
  const patches = body.patches.map(({ kind, name = service, patch }) => {
    const text = new Scalar(patch);
    text.type = 'BLOCK_LITERAL';
    return { target: { kind, name }, patch: text };
  });
  const kustomization = {
    apiVersion: 'kustomize.config.k8s.io/v1alpha1',
    kind: 'Component',
    ...(body.images ? { images: body.images } : {}),
    patches,
  };
  // compat: Go's YAML 1.1 parser must not read a service named `on` as true.
  return header(service) + stringify(kustomization, { lineWidth: 0, compat: 'yaml-1.1' });
}

/** The release file. The same release gives the same bytes. Throws a ReleaseFault that names every fault. */
export function formatRelease(release: Release): string {
  const faults = releaseFaults(release);
  if (faults.length > 0) throw new ReleaseFault(`release of ${shown(release.service)}: ${faults.join('; ')}`);
  const { service, digest } = release;
  const annotations = {
    [annotation.commit]: release.commit,
    [annotation.subject]: oneLine(release.subject, subjectLimit),
    [annotation.author]: oneLine(release.author, authorLimit),
    [annotation.run]: release.run,
  };
  const patch = inner({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: service, annotations } });
  return component(service, {
    images: [{ name: service, digest }],
    patches: [{ kind: 'Deployment', patch }],
  });
}

/**
 * The file before the first release. A paused Deployment creates no pod, and Argo CD shows it as Suspended; a suspended CronJob creates no Job. The
 * autoscaler is deleted, because with nothing to scale it would be Degraded, and the Job of a migration, because it would fail without an
 * image. A patch for what a service does not have changes nothing.
 */
export function waitingRelease(service: string): string {
  const { pattern, limit, allowed } = rules.service;
  if (service.length > limit || !pattern.test(service))
    throw new ReleaseFault(faultText({ what: 'service', given: service, allowed }));
  const object = (apiVersion: string, kind: string, name = service) => ({ apiVersion, kind, metadata: { name } });
  const migration = migrationName(service);
  return component(service, {
    patches: [
      { kind: 'Deployment', patch: inner({ ...object('apps/v1', 'Deployment'), spec: { paused: true } }) },
      {
        kind: 'HorizontalPodAutoscaler',
        patch: inner({ $patch: 'delete', ...object('autoscaling/v2', 'HorizontalPodAutoscaler') }),
      },
      { kind: 'CronJob', patch: inner({ ...object('batch/v1', 'CronJob'), spec: { suspend: true } }) },
      {
        kind: 'Job',
        name: migration,
        patch: inner({ $patch: 'delete', ...object('batch/v1', 'Job', migration) }),
      },
    ],
  });
}

// biome-ignore lint/suspicious/noExplicitAny: parsed YAML has any shape; every field read from it is checked by releaseFaults.
type Parsed = any;

function read(text: string, where: string): Parsed {
  // A release file has about 800 bytes; the limit bounds the cost of a hostile one.
  if (text.length > 32 * 1024) throw new ReleaseFault(`${where}: given ${text.length} characters, allowed 32768`);
  try {
    return readYaml(text);
  } catch (error) {
    throw new ReleaseFault(`${where}: not YAML: ${oneLine((error as Error).message, 160)}`);
  }
}

/**
 * The release of a service in a file, or undefined before the first one. The file has to be what `formatRelease` or `waitingRelease`
 * writes, byte for byte: Kustomize would apply a patch, a resource or another image beside the release as well, and reads YAML by other
 * rules than this program does. So nothing of somebody else's is deployed unseen, or lost with the next release; whoever changes the
 * format rewrites the files. Throws a ReleaseFault for any other file; `where` names it there.
 */
export function parseRelease(text: string, service: string, where = 'release file'): Release | undefined {
  const file = read(text, where);
  const cure = 'restore the last good version of the file from git';
  if (file?.kind !== 'Component' || !Array.isArray(file.patches))
    throw new ReleaseFault(`${where}: not a release: allowed a Kustomize Component with patches; ${cure}`);
  const patches: Parsed[] = file.patches
    .filter((entry: Parsed) => typeof entry?.patch === 'string')
    .map((entry: Parsed) => read(entry.patch, `${where}: patch`));
  const deployment = patches.find((patch) => patch?.kind === 'Deployment');
  if (file.images === undefined && deployment?.spec?.paused === true) {
    checkBytes(waitingRelease(service));
    return undefined;
  }
  const image = Array.isArray(file.images) ? file.images[0] : undefined;
  const annotation = (name: string) => deployment?.metadata?.annotations?.[`${labelPrefix}${name}`];
  const found = {
    service: image?.name,
    digest: image?.digest,
    commit: annotation('commit'),
    subject: annotation('subject'),
    author: annotation('author'),
    run: annotation('run'),
  };
  const faults = releaseFaults(found);
  if (found.service !== service) faults.unshift(faultText({ what: 'service', given: found.service, allowed: service }));
  if (faults.length > 0) throw new ReleaseFault(`${where}: ${faults.join('; ')}; ${cure}`);
  checkBytes(formatRelease(found as Release));
  return found as Release;

  function checkBytes(own: string): void {
    if (text === own) return;
    const [lines, allowed] = [text.split('\n'), own.split('\n')];
    const index = lines.findIndex((line, at) => line !== allowed[at]);
    const line = index < 0 ? lines.length : index;
    const fault = {
      what: `line ${line + 1}`,
      given: lines[line],
      allowed: `only what a release writes, ${shown(allowed[line])}`,
    };
    throw new ReleaseFault(`${where}: ${faultText(fault)}; ${cure}`);
  }
}
