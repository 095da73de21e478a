import { fluentBit } from '../../charts/fluent-bit.ts';
import { logShipper } from '../../overlays/names.ts';
import type { Component } from '../app.ts';

/** What ships the logs of every node, where pods do. */
export const logging: Component = {
  name: 'logging',
  namespace: logShipper.namespace,
  wave: 0,
  on: (region, site) => site.regions[region.name].logs !== undefined,
  // It reads folders of its node.
  makesNamespace: { podSecurity: 'privileged', denyByDefault: true },
  charts: {
    'charts/fluent-bit.ts': (chart, { site, region }) => {
      const { logs } = site.regions[region.name];
      if (logs) fluentBit(chart, logs, logShipper);
    },
  },
};
