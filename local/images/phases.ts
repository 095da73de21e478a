import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { engine } from '../engines/phases.ts';
import { type Phase, phase } from '../phases.ts';
import { registryReady } from '../region/region.ts';
import { fileSystem } from '../sandbox/rootfs.ts';
import { cache, type Region, seoul, tokyo } from '../topology.ts';
import { type Image, type ImageName, images as table } from './images.ts';
import { copyImage, makeImage } from './make.ts';

/** References by digest, as the region pulls them. */
export type References<Name extends ImageName = ImageName> = Record<Name, string>;

async function ofEach<Name extends ImageName>(names: readonly Name[], reference: (name: Name) => Promise<string>) {
  const references = {} as References<Name>;
  for (const name of names) references[name] = await reference(name);
  return references;
}
/** The registry outlives its region, so most images are there already. */
const isInRegistry = (region: Region, names: readonly string[]) =>
  names.every((name) =>
    existsSync(join(cache, 'registry', region.name, 'docker/registry/v2/repositories/platform', name)),
  );

/** Images that are made one after the other in Seoul's registry, as early as their engines and file systems allow. */
function make<Name extends ImageName>(group: string, ...names: Name[]) {
  const needs: Record<string, Phase> = { registry: registryReady.seoul };
  let part: Phase['part'];
  for (const name of names) {
    const { base, engine: built }: Image = table[name];
    if (base !== 'nothing') needs[`file system ${base}`] = fileSystem[base];
    if (built) needs[`engine ${built}`] = engine[built];
    // What is made of an engine that is left out is left out.
    if (built) part ??= engine[built].part;
  }
  return phase({
    name: `seoul: images ${group}`,
    needs,
    part,
    isDone: () => isInRegistry(seoul, names),
    run: () => ofEach(names, makeImage),
  });
}

const inSeoul = {
  node: make('node', 'pause', 'coredns'),
  tools: make('tools', 'git', 'crane', 'golang', 'static', 'programs', 'notifier'),
  tekton: make(
    'tekton',
    'tekton-controller',
    'tekton-webhook',
    'tekton-entrypoint',
    'tekton-nop',
    'tekton-workingdirinit',
    'tekton-sidecarlogresults',
  ),
  triggers: make(
    'triggers',
    'triggers-controller',
    'triggers-webhook',
    'triggers-interceptors',
    'triggers-eventlistenersink',
  ),
  argocd: make('argocd', 'argocd', 'redis'),
  kaniko: make('kaniko', 'kaniko'),
  java: make('java', 'maven', 'jre'),
  python: make('python', 'python'),
  metrics: make('metrics', 'metrics-server'),
  monitoring: make('monitoring', 'prometheus', 'alertmanager', 'node-exporter', 'kube-state-metrics'),
  trivy: make('trivy', 'trivy'),
  cosign: make('cosign', 'cosign'),
  sonar: make('sonar', 'sonar-scanner'),
};

/** Tokyo gets copies of what it runs. */
function copy<Made extends ImageName, Name extends Made>(
  group: string,
  made: Phase<References<Made>>,
  ...names: Name[]
) {
  return phase({
    name: `tokyo: images ${group}`,
    needs: { registry: registryReady.tokyo, made },
    part: made.part,
    isDone: () => isInRegistry(tokyo, names),
    run: ({ made }) => ofEach(names, (name) => copyImage(name, made[name], tokyo)),
  });
}

/** Each phase gives the references of its images in its region. */
export const images = {
  seoul: inSeoul,
  tokyo: {
    node: copy('node', inSeoul.node, 'pause', 'coredns'),
    argocd: copy('argocd', inSeoul.argocd, 'argocd', 'redis'),
    metrics: copy('metrics', inSeoul.metrics, 'metrics-server'),
    notifier: copy('notifier', inSeoul.tools, 'notifier'),
    monitoring: copy(
      'monitoring',
      inSeoul.monitoring,
      'prometheus',
      'alertmanager',
      'node-exporter',
      'kube-state-metrics',
    ),
  },
};
