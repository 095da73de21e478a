import { awsIsRunning, awsLock } from '../aws/lock.ts';
import { awsWriterEpoch } from '../aws/writer-epoch.ts';
import { onLambda } from '../lambda.ts';

export const handler = onLambda('dr-failover-lock', (config) => ({
  lock: awsLock(config),
  writerEpoch: awsWriterEpoch(config),
  isRunning: awsIsRunning(),
  now: () => new Date(),
}));
