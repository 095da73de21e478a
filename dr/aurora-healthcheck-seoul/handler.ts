import { awsSeoul } from '../aws/probes.ts';
import { onLambda } from '../lambda.ts';

export const handler = onLambda('aurora-healthcheck-seoul', (config) => ({
  seoul: awsSeoul(config, () => new Date()),
}));
