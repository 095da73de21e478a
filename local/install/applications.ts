import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { Application } from '../../lib/kube/objects.ts';
import { environments } from '../../overlays/environments/index.ts';
import { images } from '../images/phases.ts';
import { until } from '../machine/process.ts';
import { type Parts, phase } from '../phases.ts';
import { applications } from '../region/cluster.ts';
import { kubectl } from '../region/region.ts';
import { argocdWebhook, clusterSecrets } from '../seed/cluster-secrets.ts';
import { git, repositoryUrl } from '../seed/git.ts';
import { platformRepository } from '../seed/platform.ts';
import { secrets } from '../seed/secrets.ts';
import { hasStores } from '../status/stamp.ts';
import { heldIn } from '../stores/take-over.ts';
import { eachRegion, type Region, regions, seoul, state } from '../topology.ts';
import { apply } from './apply.ts';
import { dns } from './dns.ts';
import { metrics } from './metrics.ts';
import { triggers } from './triggers.ts';

/** Waits until every Application of a region is synced to what git says now: Argo CD may have compared an older commit before. */
async function allSynced(region: Region, { monitoring }: Parts): Promise<void> {
  await refresh(region, '--all');
  await until(
    `${region.name}: applications`,
    240,
    async () => {
      // Again until git is read: what is older brings it back.
      if (!monitoring) await removeMonitoring(region);
      const all = await applications(region);
      // An environment that lost its role has no pods until somebody fails back.
      const held = hasStores() ? heldIn(region).map((environment) => `-${environment}`) : [];
      const open = all.filter(
        (application) => !isSynced(application) && !held.some((end) => application.metadata.name.endsWith(end)),
      );
      for (const { metadata, status } of open)
        if (status?.sync?.status === 'Unknown') await refresh(region, metadata.name);
      if (all.length < 4 || open.length > 0)
        throw new Error(
          open
            .map(
              ({ metadata, status }) =>
                `${metadata.name} ${status?.sync?.status}/${status?.health?.status} ${status?.conditions?.[0]?.message ?? ''}`,
            )
            .join('; '),
        );
      return true;
    },
    1000,
  );
}

/** What an earlier `up` left running: Argo CD never deletes a component, because its objects outlive it. */
async function removeMonitoring(region: Region): Promise<void> {
  const gone = '--ignore-not-found --wait=false';
  await kubectl(region, `delete applications.argoproj.io -n argocd monitoring ${gone}`);
  await kubectl(region, `delete namespace monitoring ${gone}`);
  for (const name of ['prometheus', 'kube-state-metrics'])
    await kubectl(region, `delete clusterrole,clusterrolebinding ${name} ${gone}`);
  for (const environment of environments.filter((one) => one.region === region.name))
    await kubectl(region, `delete role,rolebinding -n ${environment.name} prometheus ${gone}`);
}

const refreshAnnotation = 'argocd.argoproj.io/refresh';
/** Makes Argo CD compare an Application now, or `--all`: one whose repository it could not read it compares again only minutes later. */
const refresh = (region: Region, name: string) =>
  kubectl(region, `annotate --overwrite applications.argoproj.io -n argocd ${name} ${refreshAnnotation}=normal`);
/** Synced, and healthy or waiting for a first release. Argo CD removes the annotation once it has compared. */
export const isSynced = ({ metadata, status }: Application) =>
  !metadata.annotations?.[refreshAnnotation] &&
  status?.sync?.status === 'Synced' &&
  (status.health?.status === 'Healthy' || status.health?.status === 'Suspended');

/** The one Application that is applied by hand, on every site: it contains all others. */
async function rootApplication(region: Region): Promise<void> {
  const folder = `rendered/${region.name}/argocd`;
  const clone = join(state, region.name, 'platform.git');
  if (!existsSync(clone)) await git(['init', '--quiet', '--bare', clone], '/');
  await git(['fetch', '--quiet', '--depth=1', repositoryUrl('platform'), 'main'], clone, secrets().developerToken);
  const objects = await Promise.all(
    ['appproject', 'application'].map((kind) => git(['show', `FETCH_HEAD:${folder}/${kind}-platform.yaml`], clone)),
  );
  await apply(
    region,
    objects.map((text) => parse(text)),
  );
}

const rollout = (region: Region, namespace: string, name: string, seconds = 90) =>
  kubectl(region, `rollout status deployment/${name} -n ${namespace} --timeout=${seconds}s`);

/** What the Applications need in one region only. */
const more = { seoul: triggers, tokyo: images.tokyo.notifier };

/** From here on Argo CD deploys: the root Application contains all others. */
export const rootApplications = eachRegion((region) =>
  phase({
    name: `${region.name}: applications`,
    needs: {
      webhook: argocdWebhook[region.name],
      secrets: clusterSecrets[region.name],
      platformRepository,
      more: more[region.name],
      monitoring: images[region.name].monitoring,
    },
    run: async () => {
      // If the repo-server does not answer yet, Argo CD compares an Application again only minutes later.
      await rollout(region, 'argocd', 'argocd-repo-server', 120);
      await rootApplication(region);
    },
  }),
);

export const synced = eachRegion((region) =>
  phase({
    name: `${region.name}: synced`,
    needs: { applications: rootApplications[region.name], metrics: metrics[region.name], dns: dns[region.name] },
    run: (_, wanted) => allSynced(region, wanted),
  }),
);

/** Argo CD reports an EventListener as healthy before its pod is ready. */
export const listenerAndNotifiers = phase({
  name: 'listener and notifiers',
  needs: synced,
  run: async () => {
    await rollout(seoul, 'ci', 'el-git');
    // Without it the listener accepts a delivery and drops it.
    await rollout(seoul, 'tekton-pipelines', 'tekton-triggers-core-interceptors');
    for (const region of regions) await rollout(region, 'notifier', 'notifier');
  },
});
