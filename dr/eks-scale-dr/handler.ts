import { awsCapacity } from '../aws/capacity.ts';
import { onLambda } from '../lambda.ts';

export const handler = onLambda('eks-scale-dr', (config) => ({ capacity: awsCapacity(config) }));
