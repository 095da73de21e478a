import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeFile } from '../machine/process.ts';
import { sandboxState } from '../sandbox/sandbox.ts';

/** Made once, kept with the forge's data, never in git, logs or rendered files. */
export type Secrets = {
  webhook: string;
  argocdWebhook: string;
  password: string;
  sonarPassword: string;
  /** Of the platform-robot: writes releases. */
  robotToken?: string;
  /** Of the platform-reader: clones, and is Argo CD's. */
  readerToken?: string;
  /** Of the developer that scripts/loop pushes as, and that people sign in with. */
  developerToken?: string;
  /** What images are signed with: cosign's private key, its password, and the public half. */
  signingKey?: { key: string; password: string; publicKey: string };
};

const secretsFile = () => join(sandboxState('outside'), 'forge', 'platform-secrets.json');

export function secrets(): Secrets {
  const there = existsSync(secretsFile()) ? readFileSync(secretsFile(), 'utf8') : '{}';
  const made = {
    webhook: randomBytes(24).toString('hex'),
    argocdWebhook: randomBytes(24).toString('hex'),
    // SonarQube wants a letter of each case, a digit and a sign.
    sonarPassword: `Aa1-${randomBytes(12).toString('hex')}`,
    password: randomBytes(12).toString('hex'),
    ...(JSON.parse(there) as Partial<Secrets>),
  };
  // Also of a platform that an earlier version of this started, which knew fewer.
  if (Object.keys(made).some((name) => !Object.hasOwn(JSON.parse(there), name))) keepSecrets(made);
  return made;
}

export const keepSecrets = (made: Secrets) => writeFile(secretsFile(), JSON.stringify(made), 0o600);
