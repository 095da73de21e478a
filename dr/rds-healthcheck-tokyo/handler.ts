import { awsDatabase } from '../aws/database.ts';
import { answerHttp } from '../aws/reach.ts';
import { onLambda } from '../lambda.ts';

export const handler = onLambda('rds-healthcheck-tokyo', (config) => ({
  database: awsDatabase(config, () => new Date()),
  tokyoApp: () => answerHttp(config('DR_APP_TOKYO')),
}));
