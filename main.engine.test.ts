import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parse, parseAllDocuments, stringify } from 'yaml';
import { readOnlyModule } from './local/engines/engines.ts';
import { apply } from './local/install/apply.ts';
import { kubectl } from './local/region/region.ts';
import { regions } from './local/topology.ts';
import { renderTree } from './main.ts';
import { environments } from './overlays/environments/index.ts';
import { aws } from './overlays/sites/aws.ts';

/** CRDs of operators that run on AWS only, of the versions that the aws site is written for. */
const foreign = [
  ['sigs.k8s.io/karpenter@v1.15.0', 'pkg/apis/crds/karpenter.sh_nodepools.yaml'],
  ['github.com/aws/karpenter-provider-aws@v1.15.1', 'pkg/apis/crds/karpenter.k8s.aws_ec2nodeclasses.yaml'],
  ['github.com/external-secrets/external-secrets@v1.3.2', 'config/crds/bases/external-secrets.io_externalsecrets.yaml'],
  [
    'github.com/external-secrets/external-secrets@v1.3.2',
    'config/crds/bases/generators.external-secrets.io_ecrauthorizationtokens.yaml',
  ],
  ['github.com/DataDog/datadog-operator@v1.31.2', 'config/crd/bases/v1/datadoghq.com_datadogagents.yaml'],
  ['github.com/DataDog/datadog-operator@v1.31.2', 'config/crd/bases/v1/datadoghq.com_datadoggenericresources.yaml'],
] as const;
/** Namespaces that are there on AWS only, made with what a person installs. */
const namespaces = ['datadog', 'ingress', 'logging'].map((name) => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name },
}));

beforeAll(async () => {
  const kinds = await Promise.all(
    foreign.map(async ([module, file]) => parse(readFileSync(join(await readOnlyModule(module), file), 'utf8'))),
  );
  for (const region of regions) {
    await apply(region, [...kinds, ...namespaces]);
    for (const { metadata } of kinds)
      await kubectl(region, ['wait', '--for=condition=Established', `crd/${metadata.name}`, '--timeout=60s']);
  }
}, 180_000);

afterAll(async () => {
  for (const region of regions)
    await kubectl(region, ['delete', 'namespace', ...namespaces.map(({ metadata }) => metadata.name), '--wait=false']);
});

test.each(regions.map((region) => [region.name, region] as const))(
  'the API server of %s and the webhooks of Tekton accept all of the aws tree that lands there, and know every field of it',
  async (name, region) => {
    const folders = [name, ...environments.filter((overlay) => overlay.region === name).map((overlay) => overlay.name)];
    const objects = [...renderTree(aws)]
      .filter(([path]) => folders.includes(path.split('/')[1] as string))
      .flatMap(([, text]) => parseAllDocuments(text).map((document) => document.toJS()))
      .filter(({ kind }) => kind !== 'Kustomization');
    expect(objects.length).toBeGreaterThan(20);
    // Those of the local site are there under the same names, and nothing of these can change, or not everything.
    for (const { kind, metadata } of objects)
      if (/^(?:StorageClass|Job|Deployment)$/.test(kind)) metadata.name += '-on-aws';
    const file = objects.map((object) => stringify(object)).join('---\n');
    const output = await kubectl(
      region,
      [
        'apply',
        '--server-side',
        '--force-conflicts',
        '--dry-run=server',
        '--validate=strict',
        '--field-manager=test',
        '-f',
        '-',
      ],
      file,
    );
    expect(output.trim().split('\n')).toHaveLength(objects.length);
  },
  120_000,
);
