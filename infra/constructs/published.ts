import { DataAwsSsmParameter } from '@cdktn/provider-aws/lib/data-aws-ssm-parameter/index.js';
import { SsmParameter } from '@cdktn/provider-aws/lib/ssm-parameter/index.js';
import { parameter } from '../../overlays/names.ts';
import { idOf, type Scope } from '../stack.ts';

/** What other stacks publish for the failover and Tokyo's API: ARNs and hosts of which AWS makes up a part. None of it is a secret. */
export type Published =
  | 'accelerator'
  | 'database-host-seoul'
  | `endpoint-${'seoul' | 'tokyo'}`
  | `endpoint-group-${'seoul' | 'tokyo'}`
  | 'canary-key'
  | `pool-${'customers' | 'staff'}`
  | `site-key-${'seoul' | 'tokyo'}`;

export const publish = (scope: Scope, what: Published, value: string): SsmParameter =>
  new SsmParameter(scope.stack, `published-${idOf(what)}`, {
    provider: scope.provider('tokyo'),
    name: parameter(what),
    type: 'String',
    value,
    description: 'For what asks nothing of Seoul',
  });

/** Read in Tokyo, whichever region made it. */
export const published = (scope: Scope, what: Published): string =>
  new DataAwsSsmParameter(scope.stack, `published-${idOf(what)}`, {
    provider: scope.provider('tokyo'),
    name: parameter(what),
  }).insecureValue;
