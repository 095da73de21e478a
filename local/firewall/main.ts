/**
 * Ours, in place of what AWS has between the firewall and its Lambda: files of records go to the S3 of Seoul's stores, and for each the function
 * waf-report runs here, the same that Lambda runs on AWS.
 *
 * Run: `node firewall-alarm.mjs SETTINGS`
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { S3Client } from '@aws-sdk/client-s3';
import { openSlack } from '../../alerts/channels/slack.ts';
import { awsPorts } from '../../firewall/waf-report/aws.ts';
import type { Ports } from '../../firewall/waf-report/ports.ts';
import { report } from '../../firewall/waf-report/report.ts';
import { jsonLog } from '../../lib/log.ts';
import { type Bucket, expire, put, under } from '../logs/bucket.ts';
import { delivery } from './deliver.ts';
import { reportedFile } from './reported.ts';

export type Settings = {
  bucket: Bucket;
  /** Where the firewall leaves its files. */
  folder: string;
  /** File with what was notified. */
  reported: string;
  slackUrl: string;
};

/** A window is a minute here, and its last file is there within seconds. */
export const windowTimes = { windowSeconds: 60, graceSeconds: 10, timeoutSeconds: 300 };
const pauseMs = 2000;
const keptDays = 7;

/** The ports of the function: S3 by the client of AWS, what was notified in a file, and Slack. */
export function localPorts({ bucket, reported, slackUrl }: Settings): Ports {
  const { user: accessKeyId, password: secretAccessKey, awsRegion: region } = bucket.credentials;
  const s3 = new S3Client({
    ...{ endpoint: bucket.url, forcePathStyle: true, region, maxAttempts: 2 },
    credentials: { accessKeyId, secretAccessKey },
  });
  const values = { WAF_BUCKET: bucket.name, WAF_ACCOUNT: undefined } as never;
  const channel = openSlack(slackUrl, jsonLog([slackUrl]));
  return {
    ...awsPorts(values, { s3 } as never),
    ...reportedFile(reported, Date.now),
    async notify(event) {
      const outcome = await channel.send(event);
      if (outcome.outcome !== 'sent') throw new Error(`slack: ${outcome.reason}`);
    },
  };
}

async function main(file: string): Promise<never> {
  const settings: Settings = JSON.parse(readFileSync(file, 'utf8'));
  const { bucket, folder, slackUrl } = settings;
  const ports = localPorts(settings);
  const log = jsonLog([slackUrl]);
  const to = delivery({
    ...{ folder, bucket: bucket.name, log, sleep, now: Date.now },
    put: (key, body) => put(bucket, key, body),
    under: (prefix) => under(bucket, prefix),
    invoke: (event, id) => report(event, id, ports, { bucket: bucket.name, ...windowTimes }),
  });
  let began = false;
  let loggedAt = 0;
  let expired = 0;
  for (;;) {
    try {
      if (!began) await to.again();
      began = true;
      await to.pass();
      if (Date.now() - expired > 3_600_000) {
        expired = Date.now();
        await expire(bucket, keptDays);
      }
    } catch (error) {
      // The stores may start later, or not at all. The files stay where they are.
      if (Date.now() - loggedAt > 60_000) log('error', 'records wait', { reason: (error as Error).message });
      loggedAt = Date.now();
    }
    await sleep(pauseMs);
  }
}

const [settings] = process.argv.slice(2);
if (import.meta.filename === process.argv[1]) await main(settings ?? '');
