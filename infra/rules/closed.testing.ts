import type { Json } from './stacks.ts';

const first = (of: Record<string, Json>): Json => Object.values(of)[0];

/** Of each rule of closed.ts, changes that it must find. */
export const badClosed: Record<string, ((stacks: Json) => unknown)[]> = {
  'every bucket is private, versioned and by TLS only': [
    ({ data }) => (first(data.resource.aws_s3_bucket_public_access_block).block_public_acls = false),
    ({ state }) => (first(state.resource.aws_s3_bucket_versioning).versioning_configuration.status = 'Suspended'),
    ({ state }) => (state.resource.aws_s3_bucket_policy = {}),
  ],
  'events alone reach a queue, from named rules and by TLS': [
    ({ tokyo }) => (tokyo.resource.aws_sqs_queue_policy = {}),
    (all) => all['dr-control'].locals['policy-dead-letters'].Statement.pop(),
    ({ firewall }) => delete firewall.locals['policy-dead-letters'].Statement[0].Condition,
    ({ tokyo }) => (tokyo.locals['policy-interruptions'].Statement[0].Principal = { AWS: ['arn:aws:iam::1:root'] }),
  ],
};
