import { CognitoManagedLoginBranding } from '@cdktn/provider-aws/lib/cognito-managed-login-branding/index.js';
import { CognitoResourceServer } from '@cdktn/provider-aws/lib/cognito-resource-server/index.js';
import { CognitoUserPool } from '@cdktn/provider-aws/lib/cognito-user-pool/index.js';
import { CognitoUserPoolClient } from '@cdktn/provider-aws/lib/cognito-user-pool-client/index.js';
import { CognitoUserPoolDomain } from '@cdktn/provider-aws/lib/cognito-user-pool-domain/index.js';
import { Route53Record } from '@cdktn/provider-aws/lib/route53-record/index.js';
import {
  type Client,
  clients,
  fullScope,
  lifetimes,
  type Pool,
  pools,
  refreshGraceSeconds,
  resourceServer,
  scopes,
  type Scope as TokenScope,
} from '../../entrance/tokens.ts';
import { userPool } from '../../overlays/names.ts';
import type { Scope } from '../stack.ts';

type Around = {
  /** Host of the pool's sign-in pages. */
  host: string;
  /** Their certificate, which CloudFront serves. */
  certificate: string;
  zone: string;
  /** Of the site. */
  site: string;
};

/** A pool of people with its sign-in pages, its scopes and its clients. Returns its ARN, and its clients by name. */
export function pool(
  scope: Scope,
  name: Pool,
  { host, certificate, zone, site }: Around,
): { arn: string; made: Record<string, CognitoUserPoolClient> } {
  const { stack } = scope;
  const provider = scope.provider('seoul');
  const { signUp, secondFactor } = pools[name];
  const made = new CognitoUserPool(stack, `pool-${name}`, {
    provider,
    name: userPool(name),
    userPoolTier: 'ESSENTIALS',
    deletionProtection: 'ACTIVE',
    usernameAttributes: ['email'],
    usernameConfiguration: { caseSensitive: false },
    autoVerifiedAttributes: ['email'],
    // An address is not changed before its owner says so.
    userAttributeUpdateSettings: { attributesRequireVerificationBeforeUpdate: ['email'] },
    accountRecoverySetting: { recoveryMechanism: [{ name: 'verified_email', priority: 1 }] },
    adminCreateUserConfig: { allowAdminCreateUserOnly: signUp === 'admins' },
    mfaConfiguration: secondFactor === 'required' ? 'ON' : 'OPTIONAL',
    softwareTokenMfaConfiguration: { enabled: true },
    passwordPolicy: {
      minimumLength: signUp === 'admins' ? 14 : 10,
      requireLowercase: true,
      requireNumbers: true,
      requireSymbols: signUp === 'admins',
      requireUppercase: true,
      temporaryPasswordValidityDays: 3,
      passwordHistorySize: 5,
    },
    lifecycle: { preventDestroy: true },
  });
  const own = Object.entries(clients).filter(([, client]) => client.pool === name);
  const ofPool = [...new Set(own.flatMap(([, client]) => client.scopes))];
  const server = new CognitoResourceServer(stack, `scopes-${name}`, {
    provider,
    userPoolId: made.id,
    identifier: resourceServer,
    name: resourceServer,
    scope: ofPool.map((one: TokenScope) => ({ scopeName: one, scopeDescription: scopes[one] })),
  });
  const domain = new CognitoUserPoolDomain(stack, `pages-${name}`, {
    provider,
    userPoolId: made.id,
    domain: host,
    certificateArn: certificate,
    managedLoginVersion: 2,
  });
  new Route53Record(stack, `pages-${name}-record`, {
    provider,
    zoneId: zone,
    name: host,
    type: 'A',
    alias: {
      name: domain.cloudfrontDistribution,
      zoneId: domain.cloudfrontDistributionZoneId,
      evaluateTargetHealth: false,
    },
  });
  const madeClients: Record<string, CognitoUserPoolClient> = {};
  for (const [id, client] of own) {
    const one = poolClient(scope, id, made.id, client, site, server);
    madeClients[id] = one;
    if (client.grant === 'code')
      new CognitoManagedLoginBranding(stack, `pages-${id}`, {
        provider,
        userPoolId: made.id,
        clientId: one.id,
        useCognitoProvidedValues: true,
      });
  }
  return { arn: made.arn, made: madeClients };
}

function poolClient(
  scope: Scope,
  id: string,
  userPoolId: string,
  { grant, scopes: granted, back }: Client,
  site: string,
  server: CognitoResourceServer,
): CognitoUserPoolClient {
  const person = grant === 'code';
  const own = granted.map(fullScope);
  return new CognitoUserPoolClient(scope.stack, `client-${id}`, {
    provider: scope.provider('seoul'),
    userPoolId,
    name: id,
    // A page cannot keep a secret, so PKCE stands for it. A program can.
    generateSecret: !person,
    allowedOauthFlowsUserPoolClient: true,
    allowedOauthFlows: [person ? 'code' : 'client_credentials'],
    allowedOauthScopes: person ? ['email', 'openid', ...own] : own,
    ...(back && {
      callbackUrls: [site + back.signIn],
      logoutUrls: [site + back.signOut],
      supportedIdentityProviders: ['COGNITO'],
    }),
    // Whoever signs in by the API of Cognito and not by its pages gets tokens without our scopes, which open nothing. Rotation allows no flow that refreshes.
    explicitAuthFlows: ['ALLOW_USER_SRP_AUTH'],
    accessTokenValidity: lifetimes.access,
    idTokenValidity: lifetimes.id,
    refreshTokenValidity: lifetimes.refresh,
    tokenValidityUnits: [{ accessToken: 'minutes', idToken: 'minutes', refreshToken: 'minutes' }],
    ...(person && {
      refreshTokenRotation: [{ feature: 'ENABLED', retryGracePeriodSeconds: refreshGraceSeconds }],
    }),
    enableTokenRevocation: true,
    // Nobody learns from an answer whether an address has an account.
    preventUserExistenceErrors: 'ENABLED',
    dependsOn: [server],
  });
}
