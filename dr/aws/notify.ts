import {
  GetSecretValueCommand,
  type GetSecretValueCommandOutput,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import type { Channel } from '../../alerts/channels/channel.ts';
import { openSlack } from '../../alerts/channels/slack.ts';
import type { FailoverStep } from '../../alerts/event.ts';
import { failoverText } from '../../alerts/failover.ts';
import { jsonLog, reasonOf } from '../../lib/log.ts';
import type { Config } from '../config.ts';
import type { Notified } from '../ports.ts';
import { once, tokyo } from './clients.ts';

const sns = once((options) => new SNSClient(options));
const secrets = once((options) => new SecretsManagerClient(options));
/** Within the function's time, two requests with a pause. */
const slackTimes = { timeoutMs: 2500, budgetMs: 6000, paceMs: 0, backoffMs: 300 };

/** Sends a step to every channel at once. A channel that fails does not delay another. */
export async function notifyAws(
  event: FailoverStep,
  config: Config,
  clients = { sns, secrets },
  open = openSlack,
): Promise<Notified> {
  const { subject, body } = failoverText(event);
  const channels: Record<string, () => Promise<unknown>> = {
    sns: () =>
      clients.sns(tokyo).send(new PublishCommand({ TopicArn: config('DR_TOPIC'), Subject: subject, Message: body })),
  };
  const secret = config('DR_SLACK_SECRET');
  if (secret) channels.slack = async () => sent(await (await slack(secret)).send(event));
  const notified: Notified = { sent: [], failed: [] };
  await Promise.all(
    Object.entries(channels).map(([channel, send]) =>
      send().then(
        () => notified.sent.push(channel),
        (error: unknown) => notified.failed.push(`${channel}: ${reasonOf(error)}`),
      ),
    ),
  );
  return notified;

  async function slack(id: string): Promise<Channel> {
    const { SecretString = '' } = (await clients
      .secrets(tokyo)
      .send(new GetSecretValueCommand({ SecretId: id }))) as GetSecretValueCommandOutput;
    const { url } = JSON.parse(SecretString) as { url: string };
    return open(url, jsonLog([url]), slackTimes);
  }
}

function sent(outcome: Awaited<ReturnType<Channel['send']>>): void {
  if (outcome.outcome !== 'sent') throw new Error(outcome.reason);
}
