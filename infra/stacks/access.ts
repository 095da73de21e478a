import { IamAccountPasswordPolicy } from '@cdktn/provider-aws/lib/iam-account-password-policy/index.js';
import { IamServiceLinkedRole } from '@cdktn/provider-aws/lib/iam-service-linked-role/index.js';
import { S3AccountPublicAccessBlock } from '@cdktn/provider-aws/lib/s3-account-public-access-block/index.js';
import { servicePrincipal } from '../../overlays/names.ts';
import { aws } from '../../overlays/sites/aws.ts';
import { boundary } from '../constructs/boundary.ts';
import { peopleAndRoles } from '../constructs/people.ts';
import { trail } from '../constructs/trail.ts';
import { workflowRoles } from '../constructs/workflows.ts';
import type { Stack } from '../stack.ts';

/** Who may do what. A platform engineer applies it, with a second factor: no workflow may. */
export const access: Stack = {
  name: 'access',
  state: 'tokyo',
  places: ['tokyo'],
  build: (scope, { regions, acceleratorRegion, global }) => {
    const provider = scope.provider('tokyo');
    boundary(scope, regions, [acceleratorRegion, global.aws.region]);
    peopleAndRoles(scope, regions, global);
    workflowRoles(scope, regions, `${aws.forge.owner}/platform`);
    new IamAccountPasswordPolicy(scope.stack, 'passwords', {
      provider,
      minimumPasswordLength: 14,
      requireLowercaseCharacters: true,
      requireUppercaseCharacters: true,
      requireNumbers: true,
      requireSymbols: true,
      passwordReusePrevention: 24,
      allowUsersToChangePassword: true,
    });
    // Whatever somebody makes by hand is closed, too.
    new S3AccountPublicAccessBlock(scope.stack, 'no-public-buckets', {
      provider,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    });
    trail(scope, regions.tokyo);
    // Once an account: without it Karpenter gets no spot node.
    new IamServiceLinkedRole(scope.stack, 'spot', { provider, awsServiceName: servicePrincipal('spot') });
  },
};
