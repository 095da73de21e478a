/** What the checks of Trivy find in our plans and is so on purpose. Whatever else they find is a fault. */

export type Finding = { id: string; severity: string; title: string; resource: string; message: string };

type Accepted = { ids: readonly string[]; resource: RegExp; because: string };

export const accepted: readonly Accepted[] = [
  {
    ids: ['AWS-0086', 'AWS-0087', 'AWS-0090', 'AWS-0091', 'AWS-0093', 'AWS-0094', 'AWS-0132'],
    resource: /^aws_s3_bucket\./,
    because:
      'what closes, versions and encrypts a bucket are resources of their own, which Trivy does not find by the ids of the stand-in; our own rule about buckets holds them',
  },
  {
    ids: ['AWS-0089'],
    resource: /^aws_s3_bucket\./,
    because: 'nobody reads access logs of buckets yet; each bucket lets in its own service or pipeline alone',
  },
  {
    ids: ['AWS-0178'],
    resource: /^aws_vpc\./,
    because: 'flow logs are resources of their own, which Trivy does not find by the ids of the stand-in',
  },
  {
    ids: ['AWS-0031'],
    resource: /^aws_ecr_repository\./,
    because: 'it does not know IMMUTABLE_WITH_EXCLUSION: only the tags of layer caches may move',
  },
  {
    ids: ['AWS-0040', 'AWS-0041'],
    resource: /^vpc_config\./,
    because: 'people reach the API servers from the networks in overlays/landing.ts, and no others do',
  },
  {
    ids: ['AWS-0053'],
    resource: /^aws_lb\./,
    because: 'the webhooks of the forge come from the internet, by rules for its addresses',
  },
  {
    ids: ['AWS-0066'],
    resource: /^aws_lambda_function\./,
    because: 'each function logs what it did, and X-Ray would be a service more on the way',
  },
  {
    ids: ['AWS-0342'],
    resource: /^aws_iam_policy\.boundary/,
    because: 'a boundary gives nothing: it is the most that roles may have',
  },
  {
    ids: ['AWS-0162'],
    resource: /^aws_cloudtrail\./,
    because:
      'the trail is for looking back; a second copy in CloudWatch is paid by the gigabyte, and nobody would read it as it comes',
  },
  {
    ids: ['AWS-0010'],
    resource: /^aws_cloudfront_distribution\./,
    because:
      'it knows the log of version 1 alone, and this one is delivered by CloudWatch Logs; our own rule about the log of the site holds it',
  },
];

const isAccepted = ({ id, resource }: Finding, { ids, resource: of }: Accepted): boolean =>
  ids.includes(id) && of.test(resource);

/** Each finding that nobody accepted, as `<resource>: <id> <severity>: <message>`. */
export const trivyFaults = (findings: readonly Finding[]): string[] =>
  findings
    .filter((finding) => !accepted.some((one) => isAccepted(finding, one)))
    .map(({ resource, id, severity, message }) => `${resource}: ${id} ${severity}: ${message}`)
    .sort();

/** What is accepted and found no more. */
export const needless = (findings: readonly Finding[]): string[] =>
  accepted.flatMap(({ ids, resource, because }) =>
    ids
      .filter((id) => !findings.some((finding) => finding.id === id && resource.test(finding.resource)))
      .map((id) => `${id}: ${because}`),
  );
