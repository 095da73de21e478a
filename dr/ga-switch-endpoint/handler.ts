import { awsTraffic } from '../aws/traffic.ts';
import { onLambda } from '../lambda.ts';

export const handler = onLambda('ga-switch-endpoint', (config) => ({ traffic: awsTraffic(config) }));
