import { cpSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { listenerAndNotifiers } from '../install/applications.ts';
import { type Phase, phase } from '../phases.ts';
import { repository } from '../topology.ts';
import { git, inClone, push, repositoryUrl, services } from './git.ts';
import { secrets } from './secrets.ts';
import { signingKey } from './signing-key.ts';

/** Pushes the folder `services/<service>` to the service's repository; false if there is no difference. */
export const commitService = (service: string, message: string): Promise<boolean> =>
  inClone(service, async (folder) => {
    for (const name of readdirSync(folder)) if (name !== '.git') rmSync(join(folder, name), { recursive: true });
    cpSync(join(repository, 'services', service), folder, { recursive: true });
    return push(folder, message);
  });

/** Head of main of a service; undefined without commits. */
export const headOf = async (service: string): Promise<string | undefined> =>
  (await git(['ls-remote', '--heads', repositoryUrl(service), 'main'], '/', secrets().developerToken)).split('\t')[0] ||
  undefined;

/** Fills empty repositories of services from `services/`; later changes belong to the developers. */
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
