import { servicePrincipal } from '../../overlays/names.ts';
import { each, type Rule } from './rule.ts';
import { type Json, jsonOf, ofType, placed } from './stacks.ts';

/** What others may not read, and nobody but a service may write to. */
export const closedRules: Record<string, Rule> = {
  'every bucket is private, versioned and by TLS only': (stacks) =>
    each(stacks, 'aws_s3_bucket', ({ stack, id }) => {
      const of = (type: string) =>
        ofType(placed(stacks), type).find((one) => one.stack === stack && one.args.bucket.includes(`.${id}.`))?.args;
      const access = of('aws_s3_bucket_public_access_block');
      const policy = of('aws_s3_bucket_policy')?.policy;
      return [
        !['block_public_acls', 'block_public_policy', 'ignore_public_acls', 'restrict_public_buckets'].every(
          (field) => access?.[field] === true,
        ) && 'may be public',
        of('aws_s3_bucket_versioning')?.versioning_configuration.status !== 'Enabled' && 'has no versions',
        !of('aws_s3_bucket_server_side_encryption_configuration') && 'has no encryption',
        !(policy && JSON.stringify(jsonOf(stacks, stack, policy)).includes('aws:SecureTransport')) && 'allows http',
      ];
    }),

  'nothing of the account is public by hand, and what is called in it is kept': (stacks) => {
    const all = placed(stacks);
    const blocks = ofType(all, 'aws_s3_account_public_access_block').filter(({ args }) =>
      ['block_public_acls', 'block_public_policy', 'ignore_public_acls', 'restrict_public_buckets'].every(
        (field) => args[field] === true,
      ),
    );
    const snapshots = ofType(all, 'aws_ebs_snapshot_block_public_access').filter(
      ({ args }) => args.state === 'block-all-sharing',
    );
    const trails = ofType(all, 'aws_cloudtrail').filter(
      ({ args }) =>
        args.is_multi_region_trail &&
        args.include_global_service_events &&
        args.enable_log_file_validation &&
        args.kms_key_id,
    );
    return [
      ...(blocks.length === 1 ? [] : ['account: a bucket may be public']),
      ...['seoul', 'tokyo'].flatMap((place) =>
        snapshots.some((one) => one.place === place) ? [] : [`${place}: a snapshot may be public`],
      ),
      ...(trails.length === 1 ? [] : ['account: calls are not kept, or not of all regions, checked and encrypted']),
    ];
  },

  'events alone reach a queue, from named rules and by TLS': (stacks) =>
    each(stacks, 'aws_sqs_queue', ({ stack, id }) => {
      const policy = ofType(placed(stacks), 'aws_sqs_queue_policy').find(
        (one) => one.stack === stack && one.args.queue_url.includes(`.${id}.`),
      );
      const statements: Json[] = policy ? jsonOf(stacks, stack, policy.args.policy).Statement : [];
      const [allowed, denied] = ['Allow', 'Deny'].map((effect) => statements.filter((one) => one.Effect === effect));
      return [
        !allowed?.length && 'lets in nobody',
        ...(allowed ?? []).map(
          ({ Sid, Principal, Condition }: Json) =>
            !(
              Principal?.Service?.join() === servicePrincipal('events') &&
              Condition?.ArnEquals?.['aws:SourceArn']?.length
            ) && `${Sid} lets in others than named rules`,
        ),
        !denied?.some(({ Condition }: Json) => Condition?.Bool?.['aws:SecureTransport'] === 'false') && 'allows http',
      ];
    }),
};
