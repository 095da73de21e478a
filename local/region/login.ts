import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sandboxState } from '../sandbox/sandbox.ts';
import { type Region, registry } from '../topology.ts';

/** The login for writing to the registry of a region. */
export const loginFile = (region: Region) => join(sandboxState(region.name), 'registry-login');
export const loginTo = (host: string, login: string) => ({
  auths: { [host]: { auth: Buffer.from(login).toString('base64') } },
});
/** The Docker configuration for pods that write to the registry of a region; reading needs none. Each start of a region makes a new login. */
export const writersConfig = (region: Region) =>
  JSON.stringify(loginTo(registry(region), readFileSync(loginFile(region), 'utf8')));
/** DOCKER_CONFIG with the same login for this machine. */
export const dockerConfig = (region: Region) => join(sandboxState(region.name), 'docker');
