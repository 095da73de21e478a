import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import type { Channel, ChannelKind } from './channels/channel.ts';
import * as all from './channels/index.ts';
import { openChannels, readWebhooks, secretsOf } from './webhooks.ts';

const opened: string[] = [];
const kind = (variable: string): ChannelKind => ({
  variable,
  open(url): Channel {
    opened.push(url);
    return { longestSendMs: 1, send: async () => ({ outcome: 'sent' }) };
  },
});
const kinds = { one: kind('ONE_URL'), two: kind('TWO_URL'), three: kind('THREE_URL') };

test('the channels are on whose variable is set', () => {
  const { webhooks, faults } = readWebhooks(
    { ONE_URL: ' http://one/secret ', TWO_URL: '', THREE_URL: 'https://three/secret' },
    kinds,
  );
  expect({ webhooks, faults }).toEqual({
    webhooks: [
      { channel: 'one', url: 'http://one/secret' },
      { channel: 'three', url: 'https://three/secret' },
    ],
    faults: [],
  });
  expect(openChannels(webhooks, () => {}, kinds).map(({ name }) => name)).toEqual(['one', 'three']);
  expect(opened).toEqual(['http://one/secret', 'https://three/secret']);
});

test('each wrong address is a fault that does not repeat it', () => {
  const { faults } = readWebhooks(
    { ONE_URL: 'one/secret', TWO_URL: 'ftp://two/secret', THREE_URL: 'xhttp://three/secret' },
    kinds,
  );
  expect(faults.map(({ what }) => what)).toEqual(['ONE_URL', 'TWO_URL', 'THREE_URL']);
  expect(faults.map(({ allowed }) => allowed)).toEqual(Array(3).fill('an http or https address'));
  expect(JSON.stringify(faults)).not.toContain('secret');
});

test('no channel at all is a fault', () => {
  expect(readWebhooks({}, kinds).faults).toMatchObject([{ what: 'ONE_URL, TWO_URL, THREE_URL' }]);
});

test('a log masks the address and its path', () => {
  expect(secretsOf([{ channel: 'one', url: 'https://hooks.example/services/T/B/x' }])).toEqual([
    'https://hooks.example/services/T/B/x',
    '/services/T/B/x',
  ]);
  // A path that stands in other words too is no secret.
  expect(secretsOf([{ channel: 'one', url: 'https://hooks.example/' }])).toEqual(['https://hooks.example/']);
  expect(secretsOf([{ channel: 'one', url: 'https://hooks.example/12345678' }])).toContain('/12345678');
  expect(secretsOf([{ channel: 'one', url: 'https://hooks.example/1234567' }])).not.toContain('/1234567');
});

test('the rendered notifier has the variables of channels, by the name of their Secret', () => {
  const channels: Record<string, ChannelKind> = all;
  const variables = Object.values(channels).map(({ variable }) => variable);
  expect(new Set(variables).size).toBe(variables.length);
  const { spec } = parse(readFileSync('rendered/seoul/notifier/deployment-notifier.yaml', 'utf8'));
  const env: { name: string; valueFrom?: { secretKeyRef: { name: string } } }[] = spec.template.spec.containers[0].env;
  const secret = env.flatMap(({ name, valueFrom }) => (valueFrom ? [[name, valueFrom.secretKeyRef.name]] : []));
  expect(secret).toContainEqual(['SLACK_WEBHOOK_URL', 'slack']);
  for (const [variable, channel = ''] of secret)
    expect([channel, channels[channel]?.variable]).toEqual([channel, variable]);
});
