import { externalSecrets } from '../../charts/external-secrets.ts';
import { restricted } from '../../charts/namespace.ts';
import { fence as build, name, writerSecret } from '../../jobs/fence/fence.ts';
import { apiServerPorts } from '../../lib/kube/network-policy.ts';
import { fencedIn } from '../../overlays/environments/index.ts';
import { regions } from '../../overlays/regions/index.ts';
import type { Component } from '../app.ts';

/** In the regions whose role another one may take over. */
export const fence: Component = {
  name,
  namespace: name,
  // Before the services: a region that comes back without its role is to start none.
  wave: -1,
  on: (region) => fencedIn(region.name).length > 0,
  makesNamespace: restricted,
  charts: {
    'apps/platform/fence.ts': (chart, { site, region }) => {
      if (site.secrets)
        externalSecrets(chart, site.secrets, [
          // Nothing else says so soon that the role is lost, and it is a few dollars a year.
          { namespace: name, name: writerSecret, keys: ['epoch', 'writer'], of: 'dr', refreshInterval: '15s' },
        ]);
      build(chart, {
        image: site.images.programs,
        region: region.name,
        regions: regions.map(({ name }) => name),
        environments: fencedIn(region.name).map(({ name }) => name),
        nodeSelector: site.onDemandNodes,
        ports: apiServerPorts,
      });
    },
  },
};
