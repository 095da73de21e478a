import { CloudwatchLogGroup } from '@cdktn/provider-aws/lib/cloudwatch-log-group/index.js';
import { arn, keyAlias } from '../../overlays/names.ts';
import { type At, idOf, type Scope } from '../stack.ts';
import { key, useBy } from './keys.ts';

/** Key of the logs of a region: CloudWatch Logs uses it for groups of this account. */
export const logsKey = (scope: Scope, region: At): string =>
  key(scope, region, {
    alias: keyAlias('logs'),
    description: 'Logs',
    statements: [
      useBy('Logs', `logs.${region.aws.region}`, {
        ArnLike: { 'kms:EncryptionContext:aws:logs:arn': arn(region, 'logs', 'log-group:*') },
      }),
    ],
  }).arn;

/** Made before what writes to it, which would make it without an end and without the key. */
export const logGroup = (scope: Scope, region: At, name: string, { days, key }: { days: number; key: string }) =>
  new CloudwatchLogGroup(scope.stack, `log-${idOf(name)}${region.name === 'witness' ? '-witness' : ''}`, {
    provider: scope.provider(region.name),
    name,
    retentionInDays: days,
    kmsKeyId: key,
  });
