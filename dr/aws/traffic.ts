import {
  DescribeAcceleratorCommand,
  type DescribeAcceleratorCommandOutput,
  DescribeEndpointGroupCommand,
  type DescribeEndpointGroupCommandOutput,
  GlobalAcceleratorClient,
  UpdateEndpointGroupCommand,
} from '@aws-sdk/client-global-accelerator';
import { acceleratorRegion } from '../../overlays/names.ts';
import type { RegionName } from '../../overlays/overlay.ts';
import type { Config } from '../config.ts';
import { ofAws } from '../errors.ts';
import type { Group, Traffic } from '../ports.ts';
import { once } from './clients.ts';

const globalAccelerator = once((options) => new GlobalAcceleratorClient(options));

/** Global Accelerator, which has one API for the world, in us-west-2. */
export function awsTraffic(config: Config, client = globalAccelerator): Traffic {
  const accelerator = client(acceleratorRegion);
  const arn: Record<RegionName, string> = {
    seoul: config('DR_ENDPOINT_GROUP_SEOUL'),
    tokyo: config('DR_ENDPOINT_GROUP_TOKYO'),
  };
  const group = async (region: RegionName): Promise<Group> => {
    const { EndpointGroup } = (await accelerator
      .send(new DescribeEndpointGroupCommand({ EndpointGroupArn: arn[region] }))
      .catch((error) => {
        throw ofAws('DescribeEndpointGroup', error);
      })) as DescribeEndpointGroupCommandOutput;
    return {
      dial: EndpointGroup?.TrafficDialPercentage ?? 100,
      endpoints: (EndpointGroup?.EndpointDescriptions ?? []).map(
        ({ EndpointId, Weight, ClientIPPreservationEnabled }) => ({
          id: EndpointId ?? '',
          weight: Weight ?? 128,
          keepsClientAddress: ClientIPPreservationEnabled ?? false,
        }),
      ),
    };
  };
  return {
    endpoint: { seoul: config('DR_ENDPOINT_SEOUL'), tokyo: config('DR_ENDPOINT_TOKYO') },
    async groups() {
      const [seoul, tokyo] = await Promise.all([group('seoul'), group('tokyo')]);
      return { seoul, tokyo };
    },
    async write(region, { dial, endpoints }) {
      await accelerator
        .send(
          new UpdateEndpointGroupCommand({
            EndpointGroupArn: arn[region],
            TrafficDialPercentage: dial,
            // The full list: an endpoint that it lacks is removed.
            EndpointConfigurations: endpoints.map(({ id, weight, keepsClientAddress }) => ({
              EndpointId: id,
              Weight: weight,
              ClientIPPreservationEnabled: keepsClientAddress,
            })),
          }),
        )
        .catch((error) => {
          throw ofAws(`UpdateEndpointGroup of ${region}`, error);
        });
    },
    async deployed() {
      const { Accelerator } = (await accelerator
        .send(new DescribeAcceleratorCommand({ AcceleratorArn: config('DR_ACCELERATOR') }))
        .catch((error) => {
          throw ofAws('DescribeAccelerator', error);
        })) as DescribeAcceleratorCommandOutput;
      return Accelerator?.Status === 'DEPLOYED';
    },
  };
}
