import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { signature } from '../../../entrance/tokens.ts';

/** A private key of a pool as a JWK. The first of a pool's signs; the others are still published, for tokens that they signed. */
export type SigningKey = { [field: string]: unknown; kid: string };
export const newKey = (): SigningKey => ({
  ...generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' }),
  kid: randomUUID(),
  alg: signature,
  use: 'sig',
});

/** As Cognito has them. */
export const paths = {
  authorization: '/oauth2/authorize',
  token: '/oauth2/token',
  jwks: '/.well-known/jwks.json',
  end_session: '/logout',
  userinfo: '/oauth2/userInfo',
  revocation: '/oauth2/revoke',
};
export const signInPath = '/sign-in/';
