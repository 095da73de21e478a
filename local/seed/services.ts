import { cpSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { listenerAndNotifiers } from '../install/applications.ts';
import { type Phase, phase } from '../phases.ts';
import { repository } from '../topology.ts';
import { git, inClone, push, repositoryUrl, services } from './git.ts';
import { secrets } from './secrets.ts';
import { signingKey } from './signing-key.ts';

/** Makes a service's repository on the forge what its folder in `services/` is; false if it is that already. */
export const commitService = (service: string, message: string): Promise<boolean> =>
  inClone(service, async (folder) => {
    for (const name of readdirSync(folder)) if (name !== '.git') rmSync(join(folder, name), { recursive: true });
    cpSync(join(repository, 'services', service), folder, { recursive: true });
    return push(folder, message);
  });

/** The last commit of main of a service; undefined where it has none. */
export const headOf = async (service: string): Promise<string | undefined> =>
  (await git(['ls-remote', '--heads', repositoryUrl(service), 'main'], '/', secrets().developerToken)).split('\t')[0] ||
  undefined;

/** A service's repository starts as its folder in `services/`; from then on it is its developers'. */
async function seedServices(): Promise<void> {
  for (const service of services) {
    if (!existsSync(join(repository, 'services', service))) continue;
    if (!(await headOf(service))) await commitService(service, `Start ${service}`);
  }
}

/** A service's first commit starts its first run, so it is pushed when there is something to start it, and the gate stands or is off. */
export const serviceRepositories = (gate: Phase) =>
  phase({
    name: 'service repositories',
    needs: { listenerAndNotifiers, signingKey, gate },
    run: seedServices,
  });
