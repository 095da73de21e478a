import { join } from 'node:path';
import { interceptorRules, interceptors } from '../../apps/platform/tekton.ts';
import { moduleFolder } from '../engines/engines.ts';
import { images, type References } from '../images/phases.ts';
import { phase } from '../phases.ts';
import { type Region, seoul } from '../topology.ts';
import { apply } from './apply.ts';
import { notKind, readFolder, tuned, withImages } from './manifests.ts';
import { tekton } from './tekton.ts';

type Images = References<
  'triggers-controller' | 'triggers-webhook' | 'triggers-interceptors' | 'triggers-eventlistenersink'
>;

async function install(region: Region, images: Images): Promise<void> {
  const config = join(await moduleFolder('kubernetes', 'github.com/tektoncd/triggers'), 'config');
  const triggers = 'ko://github.com/tektoncd/triggers/cmd';
  const replaced = tuned(
    withImages([...readFolder(config).filter(notKind), ...readFolder(join(config, 'interceptors'))], {
      [`${triggers}/controller`]: images['triggers-controller'],
      [`${triggers}/webhook`]: images['triggers-webhook'],
      [`${triggers}/interceptors`]: images['triggers-interceptors'],
      [`${triggers}/eventlistenersink`]: images['triggers-eventlistenersink'],
    }),
  );
  // From the first moment, as Argo CD keeps them.
  const own = replaced.find(({ kind, metadata }) => kind === 'ClusterRole' && metadata.name === interceptors);
  own.rules = interceptorRules;
  await apply(region, replaced);
}

export const triggers = phase({
  name: 'triggers',
  needs: { tekton, images: images.seoul.triggers },
  run: ({ images }) => install(seoul, images),
});
