import { bucketActions, type ServiceStores, tableActions } from '../../../apps/stores.ts';
import { arn, bucketArn, bucketSuffix, clusters } from '../../../overlays/names.ts';
import type { Region, RegionName } from '../../../overlays/overlay.ts';
import type { Context, Request } from '../evaluate.ts';
import {
  aKey,
  call,
  calls,
  elsewhere,
  keyOf,
  never,
  ofPod,
  seoul,
  service,
  someone,
  type Truth,
  tokyo,
} from './kit.ts';

const regions: Record<RegionName, Region> = { seoul, tokyo };
const at = (region: Region): Context => ({ 'aws:RequestedRegion': region.aws.region });
const table = (region: Region, name: string) => arn(region, 'dynamodb', `table/${name}`);
const bucket = (region: Region, name: string) => bucketArn(name + bucketSuffix(region));

const items = tableActions.map((action) => `dynamodb:${action}`);
const files = bucketActions.filter((action) => action !== 'ListBucket').map((action) => `s3:${action}`);
/** What the definition lists, and what it does not. */
const listed = (all: string[], own: string[] = []) => all.filter((action) => own.includes(action));
const unlisted = (all: string[], own: string[] = []) => all.filter((action) => !own.includes(action));

/** Of each service with tables or buckets, in each environment: all of its own, and nothing of any other service, data or region. */
export function serviceTruths(stores: readonly ServiceStores[]): Record<string, Truth> {
  const truths = stores.flatMap((own) =>
    own.accounts.key === undefined
      ? []
      : own.environments.map(({ name, region, role }) => [role, truth(own, name, regions[region], stores)] as const),
  );
  return Object.fromEntries(truths);
}

function truth(own: ServiceStores, environment: string, region: Region, stores: readonly ServiceStores[]): Truth {
  const others = stores.filter((one) => one !== own);
  const away = region === seoul ? tokyo : seoul;
  const uses = [...(own.tables.length > 0 ? ['dynamodb'] : []), ...(own.buckets.length > 0 ? ['s3'] : [])];
  const ownKey = (via: string, alias = 'data') => call('kms:Decrypt', aKey(region), keyOf(region, alias, via));
  const tablesOf = (list: readonly ServiceStores[]) => list.flatMap(({ tables }) => tables.map(({ name }) => name));
  const bucketsOf = (list: readonly ServiceStores[]) => list.flatMap(({ buckets }) => buckets);
  const eachFile = (name: string, where: Region): Request[] => calls(files, `${bucket(where, name)}/a`, at(where));
  return {
    ...ofPod(clusters[region.name].name, environment, own.service),
    may: [
      ...own.tables.flatMap(({ name, indexes }) => [
        ...calls(listed(items, own.actions.dynamodb[`table/${name}`]), table(region, name)),
        ...Object.keys(indexes).map((index) => call('dynamodb:Query', `${table(region, name)}/index/${index}`)),
      ]),
      ...own.buckets.flatMap((name) => [
        ...calls(listed(files, own.actions.s3[`${name}/*`]), `${bucket(region, name)}/a`, at(region)),
        ...calls(listed(['s3:ListBucket'], own.actions.s3[name]), bucket(region, name), at(region)),
      ]),
      ...uses.map((via) => ownKey(via)),
    ],
    mayNot: [
      ...never,
      ...tablesOf(others).flatMap((name) => calls(items, table(region, name))),
      ...own.tables.flatMap(({ name, indexes }) => [
        ...calls(unlisted(items, own.actions.dynamodb[`table/${name}`]), table(region, name)),
        ...Object.keys(indexes).flatMap((index) => calls(['dynamodb:Scan'], `${table(region, name)}/index/${index}`)),
      ]),
      ...own.buckets.flatMap((name) =>
        calls(unlisted(files, own.actions.s3[`${name}/*`]), `${bucket(region, name)}/a`, at(region)),
      ),
      ...tablesOf([own]).flatMap((name) => [
        ...calls(items, table(away, name)),
        ...calls(items, table(elsewhere, name)),
        ...calls(['dynamodb:CreateTable', 'dynamodb:DeleteTable', 'dynamodb:UpdateTable'], table(region, name)),
      ]),
      ...bucketsOf(others).flatMap((name) => eachFile(name, region)),
      ...bucketsOf([own]).flatMap((name) => [
        ...eachFile(name, away),
        ...calls(['s3:DeleteBucket', 's3:PutBucketPolicy', 's3:PutBucketVersioning'], bucket(region, name), at(region)),
        call('s3:DeleteObjectVersion', `${bucket(region, name)}/a`, at(region)),
      ]),
      ownKey(uses[0] as string, 'secrets'),
      ownKey('secretsmanager'),
      call('kms:Decrypt', aKey(region), { 'kms:ResourceAliases': ['alias/tickets-data'] }),
      call('kms:ScheduleKeyDeletion', aKey(region)),
    ],
  };
}

/** Of each bucket that two regions have, the role that copies from the one, and that from the other. */
export function replicatorTruths(stores: readonly ServiceStores[]): Record<string, Truth> {
  const both = stores.filter(({ environments }) => environments.some(({ region }) => region === tokyo.name));
  return Object.fromEntries(
    both.flatMap(({ buckets }) =>
      buckets.flatMap((name) => [
        [`tickets-replicate-${name}-seoul`, replicator(name, seoul, tokyo)],
        [`tickets-replicate-${name}-tokyo`, replicator(name, tokyo, seoul)],
      ]),
    ),
  );
}

const replicator = (name: string, from: Region, to: Region): Truth => ({
  may: [
    call('s3:GetObjectVersionForReplication', `${bucket(from, name)}/a`, at(from)),
    call('s3:ReplicateObject', `${bucket(to, name)}/a`, at(to)),
  ],
  mayNot: [
    ...never,
    call('s3:ReplicateObject', `${bucket(from, name)}/a`, at(from)),
    call('s3:GetObject', `${bucket(from, name)}/a`, at(from)),
    call('s3:DeleteObject', `${bucket(to, name)}/a`, at(to)),
  ],
  assumedBy: [service('s3')],
  notBy: [service('lambda'), { kind: 'AWS', id: someone }],
});
