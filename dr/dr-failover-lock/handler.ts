import { awsIsRunning, awsLock } from '../aws/lock.ts';
import { onLambda } from '../lambda.ts';

export const handler = onLambda('dr-failover-lock', (config) => ({
  lock: awsLock(config),
  isRunning: awsIsRunning(),
  now: () => new Date(),
}));
