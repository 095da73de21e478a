import { arn, bucketArn, siteBucket } from '../../../overlays/names.ts';
import { call, never, seoul, service, someone, type Truth, tokyo } from './kit.ts';

/** What API Gateway writes its logs with, in each region: the policy is AWS's own, and of ours it has nothing. */
export const gatewayTruths: Record<string, Truth> = Object.fromEntries(
  [seoul, tokyo].map((region): [string, Truth] => [
    `tickets-gateway-logs-${region.name}`,
    {
      may: [],
      mayNot: [
        ...never,
        call('s3:PutObject', `${bucketArn(siteBucket(tokyo))}/index.html`),
        call('apigateway:PATCH', arn(region, 'apigateway', '/restapis/any')),
      ],
      assumedBy: [service('apigateway')],
      notBy: [service('lambda'), { kind: 'AWS', id: someone }],
    },
  ]),
);
