import { images } from '../images/phases.ts';
import { until } from '../machine/process.ts';
import { phase } from '../phases.ts';
import { eachRegion } from '../topology.ts';
import { cluster, kubectl } from './region.ts';

/** Until a region's node takes pods; each begins with the pause image. */
export const node = eachRegion((region) =>
  phase({
    name: `${region.name}: node`,
    needs: { cluster: cluster[region.name], images: images[region.name].node },
    run: () =>
      until(`${region.name}: node`, 60, async () => {
        const ready = 'jsonpath={.status.conditions[?(@.type=="Ready")].status}';
        return (await kubectl(region, `get node ${region.name} -o ${ready}`)) === 'True';
      }),
  }),
);
