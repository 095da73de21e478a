import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { moduleFolder } from '../engines/engines.ts';
import { images, type References } from '../images/phases.ts';
import { phase } from '../phases.ts';
import { node } from '../region/node.ts';
import { type Region, seoul } from '../topology.ts';
import { apply } from './apply.ts';
import { kinds } from './kinds.ts';
import { read, readFolder, tuned, withImages, workloads } from './manifests.ts';

type Images = References<
  | 'tekton-controller'
  | 'tekton-webhook'
  | 'tekton-entrypoint'
  | 'tekton-nop'
  | 'tekton-workingdirinit'
  | 'tekton-sidecarlogresults'
  | 'git'
>;

/** Tekton Pipelines from the manifests of its module, without resolvers and events, which nothing here uses. */
async function install(region: Region, images: Images): Promise<void> {
  const config = join(await moduleFolder('kubernetes', 'github.com/tektoncd/pipeline'), 'config');
  const unused = new Set(['events.yaml', 'webhook-hpa.yaml', 'config-leader-election-events.yaml']);
  const objects = [
    ...readFolder(join(config, '100-namespace')),
    ...readdirSync(config)
      .filter((file) => file.endsWith('.yaml') && !unused.has(file))
      .sort()
      .flatMap((file) => read(join(config, file))),
  ];
  const pipeline = 'ko://github.com/tektoncd/pipeline/cmd';
  const replaced = tuned(
    withImages(objects, {
      [`${pipeline}/controller`]: images['tekton-controller'],
      [`${pipeline}/webhook`]: images['tekton-webhook'],
      [`${pipeline}/entrypoint`]: images['tekton-entrypoint'],
      [`${pipeline}/nop`]: images['tekton-nop'],
      [`${pipeline}/workingdirinit`]: images['tekton-workingdirinit'],
      [`${pipeline}/sidecarlogresults`]: images['tekton-sidecarlogresults'],
    }),
  );
  for (const { spec } of workloads(replaced))
    for (const container of spec.template.spec.containers) {
      // One replica needs no leader: sixteen leases less to renew, and a controller that was killed does not wait for its own lease to expire.
      container.args = [...(container.args ?? []), '-disable-ha'];
      const flag = container.args.indexOf('-shell-image');
      // The flag of the Windows shell image is required, but the image is never pulled here.
      if (flag >= 0) container.args[flag + 1] = images.git;
    }
  const flags = replaced.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === 'feature-flags');
  Object.assign(flags.data, {
    // Without it Tekton's own init containers do not meet the restricted pod security standard.
    'set-security-context': 'true',
    'disable-creds-init': 'true',
    // Otherwise the first step waits until Tekton has seen all containers run, for sidecars that something may add: the kubelet takes up to 80 s to
    // show it the annotation that says so.
    'running-in-environment-with-injected-sidecars': 'false',
  });
  await apply(region, replaced);
}

export const tekton = phase({
  name: 'tekton',
  needs: { node: node.seoul, kinds: kinds.seoul, own: images.seoul.tekton, tools: images.seoul.tools },
  run: ({ own, tools }) => install(seoul, { ...own, ...tools }),
});
