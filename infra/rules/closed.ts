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
