import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sandboxState } from '../sandbox/sandbox.ts';
import { type Region, registry } from '../topology.ts';

/** The login of whoever writes to the registry of a region. */
export const loginFile = (region: Region) => join(sandboxState(region.name), 'registry-login');
export const loginTo = (host: string, login: string) => ({
  auths: { [host]: { auth: Buffer.from(login).toString('base64') } },
});
/** The Docker configuration with which pods write to the registry of a region; reading it asks nobody. A region made anew has another. */
export const writersConfig = (region: Region) =>
  JSON.stringify(loginTo(registry(region), readFileSync(loginFile(region), 'utf8')));
/** The folder of the same for this machine, as DOCKER_CONFIG. */
export const dockerConfig = (region: Region) => join(sandboxState(region.name), 'docker');
