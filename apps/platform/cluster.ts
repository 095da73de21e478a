import { namespace, restricted } from '../../charts/namespace.ts';
import { nodePools, priorityClasses } from '../../charts/nodes.ts';
import { environmentQuota } from '../../charts/quotas.ts';
import type { Component } from '../app.ts';
import { mostPods } from '../service.ts';

/** Shared by the whole cluster: namespaces, node pools, priorities of pods. */
export const cluster: Component = {
  name: 'cluster',
  namespace: undefined,
  wave: -1,
  on: () => true,
  charts: {
    'apps/platform/cluster.ts': (chart, { site, region, overlays, components, services }) => {
      const { nodes } = site.regions[region.name];
      priorityClasses(chart);
      if (nodes) nodePools(chart, nodes, region.hasPipelines ? site.runs.nodes : undefined);
      for (const { namespace: name, makesNamespace } of components)
        if (name && makesNamespace) namespace(chart, name, makesNamespace);
      for (const overlay of overlays) {
        namespace(chart, overlay.name, restricted);
        const pods = services.map((service) => mostPods(service, overlay, site));
        environmentQuota(
          chart,
          overlay.name,
          pods.reduce((sum, most) => sum + most, 0),
        );
      }
    },
  },
};
