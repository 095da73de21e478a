import { ApiGatewayApiKey } from '@cdktn/provider-aws/lib/api-gateway-api-key/index.js';
import type { CognitoUserPoolClient } from '@cdktn/provider-aws/lib/cognito-user-pool-client/index.js';
import { DataAwsKmsAlias } from '@cdktn/provider-aws/lib/data-aws-kms-alias/index.js';
import { type Pool, pools } from '../../entrance/tokens.ts';
import { canary, entranceHosts, keyAlias } from '../../overlays/names.ts';
import type { Region } from '../../overlays/overlay.ts';
import { aws } from '../../overlays/sites/aws.ts';
import { certificate, publicZone } from '../constructs/certificates.ts';
import { publish } from '../constructs/published.ts';
import { secret, writeSecret } from '../constructs/secrets.ts';
import { pool } from '../constructs/sign-in.ts';
import type { Scope, Stack } from '../stack.ts';

/** Who customers and staff are. The pools are in Seoul; certificates of their pages are CloudFront's, so elsewhere. */
export const signIn: Stack = {
  name: 'sign-in',
  state: 'tokyo',
  places: ['seoul', 'tokyo', 'global'],
  build: (scope, { regions: { tokyo }, global }) => {
    const { domain } = aws.ingress;
    const hosts = entranceHosts(domain);
    const zone = publicZone(scope, 'tokyo', domain);
    const clients: Record<string, CognitoUserPoolClient> = {};
    for (const name of Object.keys(pools) as Pool[]) {
      const host = hosts.signIn[name];
      const { arn, made } = pool(scope, name, {
        host,
        certificate: certificate(scope, global, zone, host),
        zone,
        site: `https://${hosts.site}`,
      });
      publish(scope, `pool-${name}`, arn);
      Object.assign(clients, made);
    }
    canaryOf(scope, tokyo, clients.canary as CognitoUserPoolClient);
  },
};

/** The canary of Tokyo reads here, at each run, what it shows at the sign-in and at the gateway. */
function canaryOf(scope: Scope, tokyo: Region, client: CognitoUserPoolClient): void {
  const provider = scope.provider('tokyo');
  const key = new ApiGatewayApiKey(scope.stack, 'canary-key', {
    provider,
    name: canary.key,
    description: 'Of what watches the entrance of Tokyo',
  });
  publish(scope, 'canary-key', key.id);
  const made = secret(scope, {
    id: canary.secret,
    description: 'Terraform makes the value',
    region: tokyo,
    key: new DataAwsKmsAlias(scope.stack, 'secrets-key', { provider, name: keyAlias('secrets') }).targetKeyArn,
  });
  writeSecret(scope, made, tokyo, {
    client: `aws_cognito_user_pool_client.${client.node.id}.id`,
    secret: `aws_cognito_user_pool_client.${client.node.id}.client_secret`,
    key: `aws_api_gateway_api_key.${key.node.id}.value`,
  });
}
