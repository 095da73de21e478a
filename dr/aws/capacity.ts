import {
  DescribeNodegroupCommand,
  type DescribeNodegroupCommandOutput,
  EKSClient,
  UpdateNodegroupConfigCommand,
} from '@aws-sdk/client-eks';
import type { Config } from '../config.ts';
import { ofAws, Permanent } from '../errors.ts';
import type { Capacity } from '../ports.ts';
import { once, tokyo } from './clients.ts';

const eks = once((options) => new EKSClient(options));

/** The managed node group in Tokyo. */
export function awsCapacity(config: Config, client = eks): Capacity {
  const cluster = client(tokyo);
  const group = { clusterName: config('DR_CLUSTER'), nodegroupName: config('DR_NODE_GROUP') };
  return {
    wanted: Number(config('DR_NODES')),
    async read() {
      const { nodegroup } = (await cluster.send(new DescribeNodegroupCommand(group)).catch((error) => {
        throw ofAws('DescribeNodegroup', error);
      })) as DescribeNodegroupCommandOutput;
      const { minSize, maxSize, desiredSize } = nodegroup?.scalingConfig ?? {};
      if (minSize === undefined || maxSize === undefined || desiredSize === undefined)
        throw new Permanent(`node group ${group.nodegroupName}: given no sizes, allowed minimum, maximum and desired`);
      return { min: minSize, max: maxSize, desired: desiredSize };
    },
    async write({ min, max, desired }, token) {
      try {
        await cluster.send(
          new UpdateNodegroupConfigCommand({
            ...group,
            scalingConfig: { minSize: min, maxSize: max, desiredSize: desired },
            // The SDK would make up a new one for each call.
            clientRequestToken: token,
          }),
        );
        return 'accepted';
      } catch (error) {
        if ((error as Error).name === 'ResourceInUseException') return 'busy';
        throw ofAws('UpdateNodegroupConfig', error);
      }
    },
  };
}
