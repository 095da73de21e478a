import { dirname } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { regions } from '../../overlays/regions/index.ts';
import { type Json, readStacks } from '../rules/stacks.ts';
import { delivered, linesOf, prefixAt, subscribed } from './firehose.ts';
import { classOn, life, smallest } from './lifecycle.ts';

const stacks = readStacks(dirname(dirname(import.meta.dirname)));
const from = new Date('2026-11-30T23:50:00Z');
const pod = (log: string) =>
  JSON.stringify({ time: '2026-11-30T23:50:00.1Z', stream: 'stdout', log, kubernetes: { namespace_name: 'prod' } });

describe.each(regions.map(({ name }) => name))('logs in %s', (region) => {
  const { resource } = stacks[region];
  const streamOf = (kind: string): Json => resource.aws_kinesis_firehose_delivery_stream[`stream-${kind}`];
  const [, { rule: rules }] = Object.entries<Json>(resource.aws_s3_bucket_lifecycle_configuration).find(([id]) =>
    id.startsWith('bucket-tickets-logs'),
  ) as [string, Json];

  test('each line of a pod is a line in S3, on the day that it was delivered', () => {
    const lines = [pod('{"request":"r-1"}'), pod('plain words'), pod('한국어 \\n')];
    const record = subscribed({ logGroup: 'g', logStream: 's', messages: lines });
    const control = subscribed(
      { logGroup: '', logStream: '', messages: ['CWL CONTROL MESSAGE: Checking health'] },
      true,
    );
    const files = delivered(
      streamOf('application'),
      [
        { second: 0, record },
        { second: 1, record: control },
      ],
      from,
    );
    expect(files.map(({ key }) => key)).toEqual([
      'eks/application/year=2026/month=12/day=01/eks-application-1-2026-12-01-00-05-00.json.gz',
    ]);
    expect(files.flatMap(linesOf)).toEqual(lines);
  });

  test('a line of the control plane says which component wrote it', () => {
    const record = subscribed({
      logGroup: '/aws/eks/eks-cluster/cluster',
      logStream: 'kube-apiserver-audit-1',
      messages: ['{"kind":"Event"}'],
    });
    const [file] = delivered(
      streamOf('control-plane'),
      [
        { second: 0, record },
        { second: 0, record },
      ],
      from,
    );
    const lines = linesOf(file as never).map((line) => JSON.parse(line));
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatchObject({
      logStream: 'kube-apiserver-audit-1',
      logEvents: [{ message: '{"kind":"Event"}' }],
    });
  });

  test('a file is delivered when it is large, and otherwise after 15 minutes', () => {
    const record = Buffer.alloc(32 * 1024 * 1024);
    const at = (...seconds: number[]) => seconds.map((second) => ({ second, record }));
    const small = at(0, 400, 800, 1200, 1600, 2000, 2400).map(({ second }) => ({ second, record: Buffer.alloc(10) }));
    const { extended_s3_configuration: s3, ...rest } = streamOf('application');
    const asIs = {
      ...rest,
      extended_s3_configuration: { ...s3, processing_configuration: undefined, compression_format: 'NONE' },
    };
    expect(delivered(asIs, at(0, 1, 2, 3), from)).toHaveLength(2);
    expect(delivered(asIs, small, from).map(({ key }) => key.slice(-27, -8))).toEqual([
      '2026-12-01-00-05-00',
      '2026-12-01-00-25-00',
      '2026-12-01-00-45-00',
    ]);
  });

  test('S9: a file moves to Intelligent-Tiering after 30 days, to Deep Archive after 180, and is gone after five years', () => {
    const key = 'eks/application/year=2026/month=11/day=30/a.json.gz';
    expect(life(rules, { key, bytes: 6_000_000 }, 2000)).toEqual([
      [0, 'STANDARD'],
      [30, 'INTELLIGENT_TIERING'],
      [180, 'DEEP_ARCHIVE'],
      [1825, 'gone'],
    ]);
    // A quiet night makes small files, which stay where they are.
    expect(life(rules, { key, bytes: smallest - 1 }, 2000)).toEqual([
      [0, 'STANDARD'],
      [1825, 'gone'],
    ]);
    expect(life(rules, { key: 'errors/application/processing-failed/a', bytes: 6_000_000 }, 60)).toEqual([
      [0, 'STANDARD'],
      [30, 'gone'],
    ]);
    expect([29, 30, 179, 180].map((day) => classOn(rules, { key, bytes: smallest }, day))).toEqual([
      ...['STANDARD', 'INTELLIGENT_TIERING', 'INTELLIGENT_TIERING', 'DEEP_ARCHIVE'],
    ]);
  });
});

test('what Firehose would refuse of a prefix is refused', () => {
  expect(() => prefixAt('a/!{timestamp:YYYY}/', from)).toThrow(
    'prefix: given !{timestamp:YYYY}, allowed yyyy, MM, dd, HH of timestamp',
  );
});
