import { lambdas, type Resource, type Variable } from '../../firewall/lambdas.ts';
import { arn, bucketArn, firewallAlarm, firewallBucket, secretId } from '../../overlays/names.ts';
import { deadLetterAlarm } from '../constructs/alarms.ts';
import { deadLetters, topic } from '../constructs/failover.ts';
import { firewallKey, records, reportedTable, triggers } from '../constructs/firewall.ts';
import { lambdaFunction } from '../constructs/functions.ts';
import type { Stack } from '../stack.ts';

const report = lambdas['waf-report'];

/** What notifies people of the firewall, all of it in CloudFront's own region. The web ACL is looked up by its name. */
export const firewall: Stack = {
  name: 'firewall',
  state: 'tokyo',
  places: ['global'],
  build: (scope, { global, regions: { seoul, tokyo } }) => {
    const key = firewallKey(scope, global);
    const { name: bucketName } = records(scope, global, key);
    reportedTable(scope, global, key);
    const notifications = topic(scope, global, firewallAlarm.topic, key);
    const queue = deadLetters(scope, global, firewallAlarm.deadLetters, [firewallAlarm.rule]);
    // Tokyo first: it is there when Seoul is not.
    const secretsIn = [tokyo, seoul];
    const slack = secretId({ namespace: 'notifier', name: 'slack' });
    const resources: Record<Resource, string[]> = {
      records: [bucketArn(firewallBucket(global))],
      'record-files': [`${bucketArn(firewallBucket(global))}/AWSLogs/*`],
      reported: [arn(global, 'dynamodb', `table/${firewallAlarm.table}`)],
      'slack-secret': secretsIn.map((region) => arn(region, 'secretsmanager', `secret:${slack}-??????`)),
    };
    const values: Record<Variable, string> = {
      WAF_ACCOUNT: global.aws.account,
      WAF_BUCKET: bucketName,
      WAF_TABLE: firewallAlarm.table,
      WAF_SLACK_SECRET: slack,
      WAF_SLACK_REGIONS: secretsIn.map(({ aws }) => aws.region).join(','),
    };
    const made = lambdaFunction(
      scope,
      global,
      {
        ...{ name: firewallAlarm.function, role: firewallAlarm.function, description: report.description },
        ...{ timeoutSeconds: report.timeoutSeconds, memoryMb: report.memoryMb, inVpc: false, environment: values },
        statements: report.statements.map(({ sid, actions, resources: words }) => ({
          sid,
          actions,
          resources: words.flatMap((word) => resources[word]),
        })),
      },
      // Its first try may wait for the end of a window, and two more come after it.
      { logsKey: key, key: 'firewall', deadLetters: queue, secretsIn, maximumAgeSeconds: 3600 },
    );
    triggers(scope, global, { bucketName, report: made, queue, topic: notifications.arn });
    deadLetterAlarm(scope, global, firewallAlarm.deadLetters, {
      alarmActions: [notifications.arn],
      okActions: [notifications.arn],
    });
  },
};
