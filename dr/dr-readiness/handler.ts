import { awsCapacity } from '../aws/capacity.ts';
import { awsDatabase } from '../aws/database.ts';
import { awsEntrance } from '../aws/entrance.ts';
import { awsLock } from '../aws/lock.ts';
import { notifyAws } from '../aws/notify.ts';
import { answerHttp } from '../aws/reach.ts';
import { awsStandby } from '../aws/standby.ts';
import { awsTraffic } from '../aws/traffic.ts';
import { onLambda } from '../lambda.ts';

export const handler = onLambda('dr-readiness', (config) => {
  const now = () => new Date();
  return {
    now,
    lock: awsLock(config),
    database: awsDatabase(config, now),
    traffic: awsTraffic(config),
    capacity: awsCapacity(config),
    tokyoApp: () => answerHttp(config('DR_APP_TOKYO')),
    entrance: awsEntrance(config),
    standby: awsStandby(config, now),
    notify: (event) => notifyAws(event, config),
  };
});
