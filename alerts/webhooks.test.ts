import { expect, test } from '@jest/globals';
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
  const { faults } = readWebhooks({ ONE_URL: 'one/secret', TWO_URL: 'ftp://two/secret' }, kinds);
  expect(faults.map(({ what }) => what)).toEqual(['ONE_URL', 'TWO_URL']);
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
});

test('every channel has a variable of its own', () => {
  const variables = Object.values<ChannelKind>(all).map(({ variable }) => variable);
  expect(variables).toContain('SLACK_WEBHOOK_URL');
  expect(new Set(variables).size).toBe(variables.length);
});
