/** What up and down promise: a second up changes nothing, up restores a platform that was killed, and down leaves nothing behind. */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { tokenOfHolder } from '../local/entrance/caller.ts';
import { siteHost } from '../local/entrance/settings.ts';
import { servedCommit, slackMessages } from '../local/loop.ts';
import { run, sleep } from '../local/machine/process.ts';
import { kubectl, unpackedImages } from '../local/region/region.ts';
import { rootfsFolder } from '../local/sandbox/rootfs.ts';
import { memory, pidOf, processes } from '../local/sandbox/sandbox.ts';
import { services } from '../local/seed/git.ts';
import { headOf } from '../local/seed/services.ts';
import { hasStores } from '../local/status/stamp.ts';
import { storesName } from '../local/stores/stores.ts';
import { ports, type Region, regions, repository, seoul, sonarqube, tokyo } from '../local/topology.ts';
import { switchWebhooks } from './forge.ts';
import { bringUp, promoted, release, script, serves, upMs } from './platform.ts';

/** What a Kubernetes would set for the whole machine. Down gives forwarding back; the others are never touched. */
const kernel = () =>
  ['vm/overcommit_memory', 'kernel/panic', 'kernel/panic_on_oops', 'kernel/keys/root_maxkeys'].map((name) =>
    readFileSync(`/proc/sys/${name}`, 'utf8').trim(),
  );
let kernelBefore: string[];
/** What dev and prod serve of ticket. */
let commit: string;

beforeAll(async () => {
  kernelBefore = kernel();
  await bringUp();
  // A push that no run has released is redelivered in a new cluster, and that would be notified.
  for (const service of services)
    if ((await headOf(service)) !== (await servedCommit(service, 'dev'))) await release(service, 'Before a restart\n');
  commit = await promoted('ticket', 'prod');
}, upMs + 600_000);
afterAll(bringUp, upMs);

test('a second up changes nothing', async () => {
  // Processes of the sandboxes themselves; pods come and go.
  const engines = () =>
    [
      'outside',
      sonarqube.name,
      ...regions.map(({ name }) => name),
      ...(hasStores() ? regions.map(storesName) : []),
    ].map(pidOf);
  const before = engines();
  expect(before).not.toContain(undefined);
  const { status, output } = await script('up');
  expect(status).toBe(0);
  expect(output).toContain('nothing to do');
  expect(engines()).toEqual(before);
  // Both regions with all services in all environments, after other stories; caches of files left out. The machine has 9 GB for them.
  expect(memory()).toBeLessThan(8.5 * 2 ** 30);
}, 60_000);

test('an up restores Secrets and webhooks that were changed, and says which', async () => {
  await kubectl(seoul, ['patch', 'secret', '-n', 'ci', 'signing-public-key', '-p', '{"data":{"key":"eA=="}}']);
  await kubectl(tokyo, ['delete', 'secret', '-n', 'notifier', 'slack']);
  await switchWebhooks('ticket', false);
  expect((await script('up')).output).toMatch(
    /restored webhook \S+ of tickets\/ticket, restored Secret notifier\/slack of tokyo, restored Secret ci\/signing-public-key of seoul\n/,
  );
  expect((await script('up')).output).toContain('nothing to do');
}, 60_000);

/** The commands of docs/buying-a-ticket.md, as a person pastes them. */
const [buy = '', findAgain = ''] = [
  ...readFileSync(join(repository, 'docs/buying-a-ticket.md'), 'utf8').matchAll(/```bash\n([\s\S]*?)```/g),
].map(([, commands]) => commands);
const paste = async (commands: string, variables: Record<string, string> = {}): Promise<Record<string, string>> => {
  const printed = await run('bash', ['-eu', '-c', commands], { env: { PATH: process.env.PATH ?? '', ...variables } });
  return JSON.parse(printed.trim().split('\n').at(-1) ?? '');
};

/** The manifest of each image that pods of services run, as the file that containerd has it in: another file is another pull. */
async function pulled(region: Region): Promise<string[]> {
  const images = 'jsonpath={.items[*].spec.containers[*].image}';
  const references = await kubectl(region, `get pods -A -l app.kubernetes.io/part-of=tickets -o ${images}`);
  const blobs = join(unpackedImages(region), 'io.containerd.content.v1.content/blobs/sha256');
  const digests = [...new Set([...references.matchAll(/@sha256:(\S+)/g)].map(([, digest]) => digest as string))].sort();
  return digests.map((digest) => `${digest} ${statSync(join(blobs, digest)).ino}`);
}

test('after kill -9 of everything, up comes up with what was released and bought, and sends no message of it again', async () => {
  const ticket = await paste(buy);
  expect(ticket).toMatchObject({ show: 'nutcracker', id: expect.stringMatching(/^[a-z2-7]{26}$/) });
  const [inSeoul, inTokyo] = [await pulled(seoul), await pulled(tokyo)];
  expect(inTokyo).not.toEqual([]);
  for (const pid of processes())
    try {
      process.kill(pid, 'SIGKILL');
    } catch {}
  const early = await script('loop');
  expect([early.status, early.output]).toEqual([1, expect.stringContaining('start it with scripts/up')]);
  // As if the machine had stopped meanwhile, which may have torn files of images.
  writeFileSync(join(unpackedImages(tokyo), 'boot-id'), 'another\n');
  const { status, output } = await script('up');
  expect(`${status} ${output}`).toMatch(/^0 /);
  await serves('ticket', 'dev', commit);
  await serves('ticket', 'prod', commit);
  const access = tokenOfHolder(ticket.holder as string).access_token;
  const site = `http://${siteHost('dev')}:${ports.site.port}`;
  expect(await paste(findAgain, { access, site, booking: ticket.booking as string })).toEqual(ticket);
  expect(await pulled(seoul)).toEqual(inSeoul);
  expect((await pulled(tokyo)).filter((image) => inTokyo.includes(image))).toEqual([]);
  // Long enough for the notifier to notify of what it finds. The stand-in was killed too, and its channel is empty.
  await sleep(10_000);
  expect((await slackMessages()).map(({ shown }) => shown)).toEqual([]);
}, 900_000);

test('down leaves no process, mount, namespace, interface, route, rule or cgroup behind', async () => {
  const { status } = await script('down');
  expect(status).toBe(0);
  expect(processes()).toEqual([]);
  expect(readFileSync('/proc/mounts', 'utf8')).not.toMatch(/gitops/);
  expect(await run('ip', ['-br', 'link'])).not.toMatch(/gitops0|gp-/);
  expect(await run('ip', ['netns', 'list'])).not.toMatch(/gitops/);
  expect(await run('ip', ['route'])).not.toMatch(/10\.89\./);
  expect(await run('chroot', [rootfsFolder('node'), 'nft', 'list', 'tables'])).not.toMatch(/gitops/);
  expect(kernel()).toEqual(kernelBefore);
  expect(await run('find', ['/sys/fs/cgroup', '-maxdepth', '2', '-name', 'gitops-platform'])).toBe('');
}, 120_000);
