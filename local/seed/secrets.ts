import { createHmac, randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeFile } from '../machine/process.ts';
import { sandboxState } from '../sandbox/sandbox.ts';

/** Created once and stored with the forge's data; never in git, logs or rendered files. */
export type Secrets = {
  /** Of which the secrets of the services' webhooks are derived. */
  webhookKey: string;
  argocdWebhook: string;
  password: string;
  sonarPassword: string;
  /** Token of platform-robot, which writes releases. */
  robotToken?: string;
  /** Token of platform-reader, for clones and Argo CD. */
  readerToken?: string;
  /** Token of the developer: scripts/loop pushes with it. People sign in as the same user. */
  developerToken?: string;
  /** cosign's key pair, with the password of the private key. */
  signingKey?: { key: string; password: string; publicKey: string };
};

const secretsFile = () => join(sandboxState('outside'), 'forge', 'platform-secrets.json');

export function secrets(): Secrets {
  const there = existsSync(secretsFile()) ? readFileSync(secretsFile(), 'utf8') : '{}';
  const made = {
    webhookKey: randomBytes(24).toString('hex'),
    argocdWebhook: randomBytes(24).toString('hex'),
    // SonarQube requires upper and lower case, a digit and a special character.
    sonarPassword: `Aa1-${randomBytes(12).toString('hex')}`,
    password: randomBytes(12).toString('hex'),
    ...(JSON.parse(there) as Partial<Secrets>),
  };
  // An earlier version may have created fewer secrets.
  if (Object.keys(made).some((name) => !Object.hasOwn(JSON.parse(there), name))) keepSecrets(made);
  return made;
}

export const keepSecrets = (made: Secrets) => writeFile(secretsFile(), JSON.stringify(made), 0o600);

/** The secret of a service's webhooks; another one's cannot be derived from it. */
export const webhookOf = ({ webhookKey }: Pick<Secrets, 'webhookKey'>, service: string): string =>
  createHmac('sha256', webhookKey).update(service).digest('hex');
