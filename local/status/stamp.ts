import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { engineFolder, engineNames } from '../engines/engines.ts';
import { entranceIsUp } from '../entrance/entrance.ts';
import { holder, waitFor } from '../machine/lock.ts';
import { run, sha256, writeFile } from '../machine/process.ts';
import { outsideIsUp } from '../outside/outside.ts';
import type { Parts } from '../phases.ts';
import { regionIsUp } from '../region/region.ts';
import { sonarqubeIsUp } from '../sonarqube/sonarqube.ts';
import { storesAreUp } from '../stores/stores.ts';
import { regions, repository, state } from '../topology.ts';
import { otherCheckout, otherCheckoutText } from './checkout.ts';

/** Name and hash of each file of the repository; tests are left out, because they do not run in the platform. */
const contents = (files: string[]) =>
  files
    .filter((file) => !file.endsWith('.test.ts') && existsSync(join(repository, file)))
    .map((file) => `${file} ${sha256(readFileSync(join(repository, file)))}`);

/** Hash of everything that the platform is started from; if it is unchanged, `up` has nothing to do. */
const stampFile = join(state, 'up.json');
export async function stampOf({ sonarqube, stores, monitoring }: Parts): Promise<string> {
  const files = (
    await run('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: repository })
  )
    .split('\0')
    .filter(Boolean)
    .sort();
  return sha256(
    // Sandboxes read their programs from this checkout.
    repository,
    // Documents and stories are no part of what runs.
    ...contents(files.filter((file) => !/\.md$|^(docs|e2e)\//.test(file))),
    process.env.SLACK_WEBHOOK_URL ?? '',
    String(sonarqube),
    String(stores),
    String(monitoring),
  );
}

type Stamp = Parts & {
  /** '' until `up` has come to its end. */
  stamp: string;
  realSlack: boolean;
};
const stamped = (): Partial<Stamp> | undefined =>
  existsSync(stampFile) ? JSON.parse(readFileSync(stampFile, 'utf8')) : undefined;
export const writeStamp = (stamp: Stamp) => writeFile(stampFile, JSON.stringify(stamp));

/** Whether all of it runs as `up` would bring it up now. */
export const isCurrent = (now: string, { sonarqube, stores }: Parts) => {
  if (!regions.every(regionIsUp) || !outsideIsUp() || !entranceIsUp()) return false;
  if (sonarqube && !sonarqubeIsUp()) return false;
  if (stores && !regions.every(storesAreUp)) return false;
  return stamped()?.stamp === now;
};

/** What `up` was given, whatever the environment says now. */
export const notifiesRealSlack = () => stamped()?.realSlack === true;
/** Whether the running platform has a quality gate. */
export const hasSonarqube = () => stamped()?.sonarqube !== false;
/** Whether its services have their databases and queues, and do not keep their data in memory. */
export const hasStores = () => stamped()?.stores === true;
/** Whether Prometheus watches it. */
export const hasMonitoring = () => stamped()?.monitoring === true;

/** Why the platform cannot be used now, in words. Half up, it would take pushes into empty repositories. */
export async function notUp(): Promise<string | undefined> {
  const busy = await holder();
  return busy ? waitFor(busy) : notStarted();
}

/** The same, whatever command runs. */
export function notStarted(): string | undefined {
  const other = otherCheckout();
  if (other) return otherCheckoutText(other);
  if (!outsideIsUp() || !entranceIsUp() || !regions.every(regionIsUp))
    return 'the embedded platform is down: start it with scripts/up';
  return stamped()?.stamp ? undefined : 'scripts/up has not finished: run it again, it continues where it stopped';
}

/** What the running sandboxes were started from: programs, settings and engines. When one of these changes they are replaced, because nothing else restarts them. */
export const sandboxesFile = join(state, 'sandboxes');
export const sandboxesStamp = () =>
  sha256(
    repository,
    // What pods run stands in images, and restarts by itself.
    ...engineNames({ stores: true, monitoring: false }).map(engineFolder),
    ...contents(
      readdirSync(join(repository, 'local'), { recursive: true, encoding: 'utf8' })
        .map((file) => join('local', file))
        .filter((file) => !file.endsWith('.md') && statSync(join(repository, file)).isFile())
        .sort(),
    ),
  );
