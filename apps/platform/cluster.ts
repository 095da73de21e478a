import { namespace } from '../../charts/namespace.ts';
import { nodePools, priorityClasses } from '../../charts/nodes.ts';
import type { Component } from '../app.ts';

/** What the whole cluster shares: namespaces, nodes, and which pods give way. */
export const cluster: Component = {
  name: 'cluster',
  namespace: undefined,
  wave: -1,
  on: () => true,
  charts: {
    'apps/platform/cluster.ts': (chart, { site, region, overlays }) => {
      const { nodes } = site.regions[region.name];
      // Kaniko unpacks images as root, which restricted refuses.
      if (region.hasPipelines) namespace(chart, 'ci', { podSecurity: 'baseline', denyByDefault: false });
      priorityClasses(chart);
      if (nodes) nodePools(chart, nodes);
      for (const name of ['notifier', ...overlays.map(({ name }) => name)])
        namespace(chart, name, { podSecurity: 'restricted', denyByDefault: true });
    },
  },
};
