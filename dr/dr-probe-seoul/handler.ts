import { setTimeout as sleep } from 'node:timers/promises';
import { awsPublish, awsSeoul } from '../aws/probes.ts';
import { onLambda } from '../lambda.ts';

const now = () => new Date();

export const handler = onLambda('dr-probe-seoul', (config) => ({
  now,
  sleep: (milliseconds) => sleep(milliseconds),
  seoul: awsSeoul(config, now),
  publish: awsPublish(config, now),
}));
