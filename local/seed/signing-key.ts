import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { binary } from '../engines/engines.ts';
import { engine } from '../engines/phases.ts';
import { run, writeFile } from '../machine/process.ts';
import { phase } from '../phases.ts';
import { type Region, seoul, state } from '../topology.ts';
import { applySecrets, clusterSecrets, secret, secretsWith, signingValues } from './cluster-secrets.ts';
import { writeForgeFile } from './forge.ts';
import { keepSecrets, secrets } from './secrets.ts';

/** Creates the signing key once: signatures must stay valid after `down` and `up`. */
async function seedSigningKey(region: Region): Promise<string[]> {
  const made = secrets();
  if (!made.signingKey) {
    const work = mkdtempSync(join(tmpdir(), 'signing-key-'));
    try {
      const password = randomBytes(24).toString('hex');
      await run(binary('cosign', 'cosign'), ['generate-key-pair'], { cwd: work, env: { COSIGN_PASSWORD: password } });
      const [key, publicKey] = ['cosign.key', 'cosign.pub'].map((name) => readFileSync(join(work, name), 'utf8'));
      made.signingKey = { key: key as string, password, publicKey: publicKey as string };
      keepSecrets(made);
      writeForgeFile();
    } finally {
      rmSync(work, { recursive: true });
    }
  }
  const { key, password, publicKey } = made.signingKey;
  writeFile(join(state, 'signing.pub'), publicKey);
  return applySecrets(region, [
    secret('ci', 'signing-key', { key, password }),
    ...secretsWith(signingValues(publicKey)),
  ]);
}

export const signingKey = phase({
  name: 'signing key',
  needs: { cosign: engine.cosign, secrets: clusterSecrets.seoul },
  run: () => seedSigningKey(seoul),
});
