import { Provider } from 'oidc-provider';
import {
  type Client,
  clients,
  fullScope,
  lifetimes,
  type Pool,
  resourceServer,
  signature,
  tokenUse,
} from '../../../entrance/tokens.ts';
import { paths, type SigningKey, signInPath } from './names.ts';

export type PoolSettings = {
  pool: Pool;
  issuer: string;
  /** Origins of the site, one for each environment. */
  sites: readonly string[];
  keys: readonly SigningKey[];
  cookieKey: string;
  /** Of the clients that are programs. */
  secrets: Readonly<Record<string, string>>;
};

const resource = `urn:${resourceServer}`;
const minutes = (count: number) => count * 60;
const scopesOf = (client: Client) => client.scopes.map(fullScope);

const clientsOf = ({ pool, sites, secrets }: PoolSettings) =>
  Object.entries(clients)
    .filter(([, client]) => client.pool === pool)
    .map(([name, client]) => ({
      client_id: name,
      ...(client.grant === 'code'
        ? {
            token_endpoint_auth_method: 'none' as const,
            grant_types: ['authorization_code', 'refresh_token'],
            response_types: ['code' as const],
            redirect_uris: sites.map((site) => `${site}${client.back?.signIn}`),
            post_logout_redirect_uris: sites.map((site) => `${site}${client.back?.signOut}`),
          }
        : {
            client_secret: secrets[name] as string,
            grant_types: ['client_credentials'],
            response_types: [],
            redirect_uris: [],
          }),
    }));

/** One pool, with the paths and the claims that Cognito's has. */
export function providerOf(settings: PoolSettings): Provider {
  const granted = (clientId: string) => scopesOf((clients as Record<string, Client>)[clientId] as Client).join(' ');
  return new Provider(settings.issuer, {
    clients: clientsOf(settings),
    jwks: { keys: [...settings.keys] as never },
    cookies: { keys: [settings.cookieKey] },
    // Those of the API are of the resource below.
    scopes: ['openid'],
    claims: { openid: ['sub', 'token_use'] },
    conformIdTokenClaims: false,
    responseTypes: ['code'],
    pkce: { required: () => true },
    routes: paths,
    clientBasedCORS: (_, origin) => settings.sites.includes(origin),
    findAccount: (_, accountId) => ({ accountId, claims: async () => ({ sub: accountId, token_use: 'id' }) }),
    interactions: { url: (_, { uid }) => `${signInPath}${uid}` },
    // The site is the company's own: nobody is asked whether it may.
    async loadExistingGrant({ oidc }) {
      const { client, session, provider } = oidc;
      if (!client || !session?.accountId) return undefined;
      const grant = new provider.Grant({ accountId: session.accountId, clientId: client.clientId });
      grant.addOIDCScope('openid');
      grant.addResourceScope(resource, granted(client.clientId));
      await grant.save();
      return grant;
    },
    // An access token says what a client may do, and an ID token who somebody is: this claim says which it is.
    extraTokenClaims: () => ({ token_use: tokenUse }),
    issueRefreshToken: async (_, client) => client.grantTypeAllowed('refresh_token'),
    rotateRefreshToken: true,
    ttl: {
      AccessToken: minutes(lifetimes.access),
      ClientCredentials: minutes(lifetimes.access),
      IdToken: minutes(lifetimes.id),
      RefreshToken: minutes(lifetimes.refresh),
      AuthorizationCode: 60,
      Interaction: 600,
      Session: minutes(lifetimes.refresh),
      Grant: minutes(lifetimes.refresh),
    },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      revocation: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => resource,
        useGrantedResource: () => true,
        getResourceServerInfo: (_, __, client) => ({
          scope: granted(client.clientId),
          audience: resource,
          accessTokenFormat: 'jwt',
          accessTokenTTL: minutes(lifetimes.access),
          jwt: { sign: { alg: signature } },
        }),
      },
    },
  });
}
