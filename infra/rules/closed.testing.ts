import type { Json } from './stacks.ts';

const first = (of: Record<string, Json>): Json => Object.values(of)[0];

/** Of each rule of closed.ts, changes that it must find. */
export const badClosed: Record<string, ((stacks: Json) => unknown)[]> = {
  'every bucket is private, versioned and by TLS only': [
    ({ data }) => (first(data.resource.aws_s3_bucket_public_access_block).block_public_acls = false),
    ({ state }) => (first(state.resource.aws_s3_bucket_versioning).versioning_configuration.status = 'Suspended'),
    ({ state }) => (state.resource.aws_s3_bucket_policy = {}),
  ],
  'nothing of the account is public by hand, and what is called in it is kept': [
    ({ access }) => (first(access.resource.aws_s3_account_public_access_block).restrict_public_buckets = false),
    ({ tokyo }) => (first(tokyo.resource.aws_ebs_snapshot_block_public_access).state = 'block-new-sharing'),
    ({ access }) => (access.resource.aws_cloudtrail.trail.is_multi_region_trail = false),
    ({ access }) => delete access.resource.aws_cloudtrail.trail.kms_key_id,
  ],
  'events alone reach a queue, from named rules and by TLS': [
    ({ tokyo }) => (tokyo.resource.aws_sqs_queue_policy = {}),
    (all) => all['dr-control'].locals['policy-dead-letters'].Statement.pop(),
    ({ firewall }) => delete firewall.locals['policy-dead-letters'].Statement[0].Condition,
    ({ tokyo }) => (tokyo.locals['policy-interruptions'].Statement[0].Principal = { AWS: ['arn:aws:iam::1:root'] }),
  ],
};
