import { expect, test } from '@jest/globals';
import { epochOf } from './hold-pods.ts';

const quota = (epoch?: number) =>
  JSON.stringify({
    metadata: { annotations: epoch === undefined ? {} : { 'tickets.example/writer-epoch': `${epoch}` } },
  });
const base64 = (text: string) => Buffer.from(text).toString('base64');
const secret = (writer: string, epoch: number) =>
  JSON.stringify({ data: { writer: base64(writer), epoch: base64(`${epoch}`) } });

test.each([
  ['a new cluster', '', '', 0],
  ['its own region writes, and it holds nothing', '', secret('seoul', 7), 0],
  ['it received another writer, and has not looked yet', '', secret('tokyo', 8), 8],
  ['it holds pods by that', quota(8), secret('tokyo', 8), 8],
  ['it holds them, and the Secret was written anew', quota(8), secret('seoul', 7), 8],
  ['it holds them, and received a later epoch', quota(8), secret('tokyo', 9), 9],
  ['a quota of nobody knows which epoch', quota(), secret('seoul', 7), 0],
])('the epoch by which a fence holds pods: %s', (_, held, writerSecret, epoch) => {
  expect(epochOf({ name: 'seoul' }, held, writerSecret)).toBe(epoch);
});
