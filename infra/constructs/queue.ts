import { SqsQueue } from '@cdktn/provider-aws/lib/sqs-queue/index.js';
import { SqsQueuePolicy } from '@cdktn/provider-aws/lib/sqs-queue-policy/index.js';
import { servicePrincipal } from '../../overlays/names.ts';
import type { At, Scope } from '../stack.ts';

type Queue = {
  id: string;
  name: string;
  messageRetentionSeconds: number;
  /** ARNs of the rules of EventBridge that may send. */
  rules: readonly string[];
};

/** A queue of events: rules of EventBridge send to it, by TLS, and nobody else that its policy names. */
export function eventQueue(scope: Scope, at: Pick<At, 'name'>, { id, rules, ...given }: Queue): SqsQueue {
  const provider = scope.provider(at.name);
  const queue = new SqsQueue(scope.stack, id, { provider, ...given, sqsManagedSseEnabled: true });
  new SqsQueuePolicy(scope.stack, `${id}-policy`, {
    provider,
    queueUrl: queue.url,
    policy: scope.policy(id, [
      {
        sid: 'Events',
        actions: ['sqs:SendMessage'],
        resources: [queue.arn],
        principals: { Service: [servicePrincipal('events')] },
        conditions: { ArnEquals: { 'aws:SourceArn': [...rules] } },
      },
      {
        sid: 'TlsOnly',
        effect: 'Deny',
        actions: ['sqs:*'],
        resources: [queue.arn],
        principals: '*',
        conditions: { Bool: { 'aws:SecureTransport': 'false' } },
      },
    ]),
  });
  return queue;
}
