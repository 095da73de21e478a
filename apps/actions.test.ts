import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { environments } from '../overlays/environments/index.ts';
import { services } from './index.ts';
import { storesOf } from './stores.ts';

/**
 * What services call of DynamoDB and S3, read from their sources, against what their roles may do. A call that is not allowed fails on AWS alone:
 * the engines of the embedded platform ask nobody.
 */
type Source = { file: string; text: string };
const sourcesIn = (folder: string, ending: string): Source[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(ending) && !/(^|\/)(tests?|target|\.venv)\//.test(file))
    .map((file) => ({ file, text: readFileSync(join(folder, file), 'utf8') }));
const sorted = (all: Iterable<string>) => [...new Set(all)].sort();
const found = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, name]) => name as string);

/** `batchGetItem`, `queryPaginator` and `batch_get_item` as IAM names them. */
const action = (call: string) =>
  call === 'list_objects_v2'
    ? 'ListBucket'
    : call
        .replace(/Paginator$/, '')
        .replace(/_(.)/g, (_, letter) => letter.toUpperCase())
        .replace(/^./, (letter) => letter.toUpperCase());
const listed = (service: string, store: string) => {
  const uses = services.find(({ name }) => name === service)?.uses?.[store];
  return uses?.kind === 'table' || uses?.kind === 'bucket' ? sorted(uses.actions) : undefined;
};

describe('booking', () => {
  const sources = sourcesIn('services/booking/src/main', '.java');
  const put = sources.find(({ file }) => file.endsWith('/Stores.java'))?.text ?? '';
  const tables = new Map(
    [...put.matchAll(/new (Dynamo\w+)\(dynamo, settings\.tables\(\)\.(\w+)\(\)/g)].map(([, type, name]) => [
      type,
      name,
    ]),
  );
  const callers = sources
    .map(({ file, text }) => ({
      type: file.replace(/.*\/|\.java$/g, ''),
      // Whatever a client of the SDK is called here.
      calls: /awssdk\.services\.dynamodb\.(?:model|DynamoDbClient)/.test(text)
        ? found(text, /\bclient\s*\.(\w+)\(/g).filter((call) => call !== 'close')
        : [],
      names: found(
        text,
        /(\w+) ->\s*\1\s*\.(?:(?:get|put|update|delete|batch(?:Get|Write))Item|query|scan|transact|execute)\w*\(/g,
      ),
    }))
    .filter(({ calls, names }) => calls.length + names.length > 0);

  test('each table has the actions that its class calls, and no other', () => {
    expect(Object.fromEntries(callers.map(({ type, calls }) => [tables.get(type), sorted(calls.map(action))]))).toEqual(
      Object.fromEntries(['shows', 'seats', 'places', 'sales'].map((table) => [table, listed('booking', table)])),
    );
  });

  test('no class calls it by another name of the client, and none that has no table', () => {
    expect(sorted(callers.flatMap(({ names }) => names))).toEqual(['client']);
    expect(sorted(callers.map(({ type }) => type))).toEqual(sorted(tables.keys() as Iterable<string>));
  });
});

describe('live', () => {
  const sources = sourcesIn('services/live/live', '.py');
  const of = (file: string) => sources.find((one) => one.file === file)?.text ?? '';

  test('the table has the actions that are called, and no other', () => {
    expect(sorted(found(of('dynamo.py'), /_ask\(\s*"(\w+)"/g).map(action))).toEqual(listed('live', 'channels'));
  });

  test('the bucket has the actions that are called, and those that links are signed for', () => {
    const calls = [...found(of('bucket.py'), /_client\.(\w+)\(/g), ...found(of('bucket.py'), /"(\w+_object)"/g)];
    expect(sorted(calls.map(action))).toEqual(listed('live', 'recordings'));
  });

  test('nothing else has a client', () => {
    const others = sources
      .filter(({ text }) => /boto3\.|self\._client\.|self\._signer\.|get_paginator/.test(text))
      .map(({ file }) => file);
    expect(sorted(others)).toEqual(['aws.py', 'bucket.py', 'dynamo.py']);
    expect(found(of('dynamo.py'), /_client\.(\w+)/g)).toEqual(['exceptions']);
    expect(found(of('bucket.py'), /_signer\.(\w+)/g)).toEqual(['generate_presigned_url']);
    expect(found(of('aws.py'), /boto3\.(\w+)/g)).toEqual(['client']);
  });
});

test('a service without a table and a bucket has no SDK of AWS', () => {
  const sdk = /aws-sdk-go|awssdk|boto3|@aws-sdk/;
  const without = services.filter(
    ({ uses = {} }) => !Object.values(uses).some(({ kind }) => kind === 'table' || kind === 'bucket'),
  );
  expect(without.map(({ name }) => name)).toEqual(['ticket']);
  for (const { name } of without)
    for (const ending of ['.go', 'go.mod', '.java', 'pom.xml', '.py', 'requirements.txt', 'package.json'])
      for (const { file, text } of sourcesIn(`services/${name}`, ending))
        expect([file, sdk.test(text)]).toEqual([file, false]);
});

test('the actions of a role are listed by table, by index and by bucket', () => {
  const all = storesOf(services, environments);
  const of = (service: string) => all.find((one) => one.data === 'prod' && one.service === service)?.actions;
  expect(of('booking')?.dynamodb['table/prod-booking-seats/index/*']).toEqual(['dynamodb:Query']);
  expect(of('booking')?.dynamodb['table/prod-booking-sales']).toEqual(['dynamodb:GetItem', 'dynamodb:PutItem']);
  expect(Object.keys(of('booking')?.dynamodb ?? {})).toHaveLength(5);
  expect(of('live')?.s3).toEqual({
    'prod-live-recordings': ['s3:ListBucket'],
    'prod-live-recordings/*': ['s3:GetObject', 's3:PutObject'],
  });
  expect(of('ticket')).toEqual({ dynamodb: {}, s3: {} });
});
