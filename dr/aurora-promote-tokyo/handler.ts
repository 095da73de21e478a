import { awsDatabase } from '../aws/database.ts';
import { onLambda } from '../lambda.ts';

export const handler = onLambda('aurora-promote-tokyo', (config) => ({
  database: awsDatabase(config, () => new Date()),
}));
