import { awsCapacity } from '../aws/capacity.ts';
import { awsDatabase } from '../aws/database.ts';
import { answerHttp } from '../aws/reach.ts';
import { awsTraffic } from '../aws/traffic.ts';
import { onLambda } from '../lambda.ts';

export const handler = onLambda('dr-failover-check', (config) => {
  const now = () => new Date();
  return {
    now,
    database: awsDatabase(config, now),
    traffic: awsTraffic(config),
    capacity: awsCapacity(config),
    tokyoApp: () => answerHttp(config('DR_APP_TOKYO')),
  };
});
