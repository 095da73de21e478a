/** The firewall's functions as data: infra/ makes them. Resources are words, which become ARNs there. */

export const variables = {
  WAF_ACCOUNT: 'account id that owns the bucket',
  WAF_BUCKET: "bucket with the firewall's records",
  WAF_TABLE: 'DynamoDB table with what was notified; its key is the string `id`',
  WAF_SLACK_SECRET: 'id of the secret with the key `url`, the webhook',
  WAF_SLACK_REGIONS: 'regions that have this secret, comma-separated, in the order in which they are asked',
} as const;
export type Variable = keyof typeof variables;

export type Resource = 'records' | 'record-files' | 'reported' | 'slack-secret';
type Statement = { sid: string; actions: string[]; resources: Resource[]; because: string };
export type FirewallFunction = {
  name: 'waf-report';
  description: string;
  /** Source, bundled by lib/bundle.ts; exports `handler`. */
  source: string;
  timeoutSeconds: number;
  memoryMb: number;
  environment: Variable[];
  statements: Statement[];
};

/** AWS WAF writes a file at the end of five minutes, or when it has 75 MB; what comes after the grace gets a message of its own. */
export const windowTimes = { windowSeconds: 300, graceSeconds: 45, timeoutSeconds: 600 };

export const lambdas: Record<FirewallFunction['name'], FirewallFunction> = {
  'waf-report': {
    name: 'waf-report',
    description: 'Notifies Slack once a window of what the firewall did, and at once when it blocks more than usual',
    source: 'firewall/waf-report/handler.ts',
    timeoutSeconds: windowTimes.timeoutSeconds,
    memoryMb: 512,
    environment: Object.keys(variables) as Variable[],
    statements: [
      { sid: 'List', actions: ['s3:ListBucket'], resources: ['records'], because: 'all files of a window' },
      { sid: 'Read', actions: ['s3:GetObject'], resources: ['record-files'], because: 'their records' },
      {
        sid: 'Told',
        actions: ['dynamodb:PutItem', 'dynamodb:UpdateItem'],
        resources: ['reported'],
        because: 'one item a message, written on condition',
      },
      {
        sid: 'Webhook',
        actions: ['secretsmanager:GetSecretValue'],
        resources: ['slack-secret'],
        because: 'where Slack takes messages',
      },
    ],
  },
};
