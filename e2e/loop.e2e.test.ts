/** @jest-environment ./e2e/environment.ts */
import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { resultOf, succeeded, taskName } from '../lib/kube/objects.ts';
import { checkProvenance } from '../lib/release/provenance.ts';
import { hasImage } from '../lib/release/registry.ts';
import { parseRelease, releasePath } from '../lib/release/releases.ts';
import { binary } from '../local/engines/engines.ts';
import { cloneService, commitAndPush, follow, get, servedCommit } from '../local/loop.ts';
import { namespace } from '../local/machine/network.ts';
import { run, sleep, until } from '../local/machine/process.ts';
import { slackPath } from '../local/outside/outside.ts';
import { pipelineRuns, taskRuns } from '../local/region/cluster.ts';
import { dockerConfig, kubectl } from '../local/region/region.ts';
import { rootfsFolder } from '../local/sandbox/rootfs.ts';
import { memory, processes, stop } from '../local/sandbox/sandbox.ts';
import { bringService, git, headOf, secrets, services } from '../local/seed/seed.ts';
import { sonarqube } from '../local/sonarqube/sonarqube.ts';
import {
  logs,
  type Region,
  regions,
  registry,
  registryFromHost,
  repository,
  seoul,
  state,
  tokyo,
} from '../local/topology.ts';
import { contracts, curious } from './contracts.ts';
import {
  deliver,
  ended,
  event,
  push,
  redeliverPushes,
  runsOf,
  script,
  scriptBeside,
  slackMode,
  started,
  tagsOf,
  taskOf,
  told,
  use,
  webhooks,
} from './platform.ts';

// The tests of this file share one platform and run in their order: each leaves dev at a good release.
const change = (words: string) => (folder: string) => writeFileSync(join(folder, 'change.txt'), `${words}\n`);
const short = (commit: string) => commit.slice(0, 12);
let released = '';
/** What prod was given. */
let promoted = '';
const registryUrls = Object.fromEntries(
  regions.map((region) => [registry(region), `http://${registryFromHost(region)}`] as const),
);

/** The process of a region's registry; none while it is started again. */
const registryOf = (region: Region) =>
  processes(region.name).find((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith('/registry-engine/registry\0');
    } catch {
      return false;
    }
  });

/** What a Kubernetes would set for the whole machine. Down gives forwarding back; the others are never touched. */
const kernel = () =>
  ['vm/overcommit_memory', 'kernel/panic', 'kernel/panic_on_oops', 'kernel/keys/root_maxkeys'].map((name) =>
    readFileSync(`/proc/sys/${name}`, 'utf8').trim(),
  );
let kernelBefore: string[];

beforeAll(async () => {
  kernelBefore = kernel();
  const { status, output } = script('up');
  if (status !== 0) throw new Error(output);
  await slackMode('ok');
  // What is here is tested, and not what an earlier run left on the forge. All services start at once.
  const brought = new Map<string, boolean>();
  for (const service of services) brought.set(service, await bringService(service, 'As it is in this checkout'));
  for (const service of services) {
    const head = (await headOf(service)) as string;
    if (brought.get(service)) await started(head);
    const known = (await runsOf(head)).length > 0;
    const end = known ? succeeded(await ended(head, 900)) : undefined;
    if (brought.get(service)) expect({ service, end: end?.status }).toEqual({ service, end: 'True' });
  }
}, 3_600_000);

describe('the loop', () => {
  test('scripts/loop takes each service from a git push to dev, with the image in both registries, and Slack is told once a stage', async () => {
    const ends = await Promise.all(services.map((service) => scriptBeside('loop', service)));
    for (const { status, output } of ends)
      expect(`${status} ${output}`).toMatch(/^0 [\s\S]*Seoul and Tokyo have the image under the same digest\./);
    await sleep(3000);
    for (const service of services) {
      const commit = (await headOf(service)) as string;
      expect(await servedCommit(service, 'dev')).toBe(commit);
      expect(await told(short(commit))).toHaveLength(2);
      const runs = await runsOf(commit);
      expect(runs).toHaveLength(1);
      // Karpenter reads this on pods.
      const of = ['-l', `tekton.dev/pipelineRun=${runs[0]?.metadata.name}`, '-o', 'json'];
      const pods = JSON.parse(await kubectl(seoul, ['get', 'pods', '-n', 'ci', ...of])).items;
      expect(pods.length).toBeGreaterThan(6);
      for (const { metadata } of pods) expect(metadata.annotations['karpenter.sh/do-not-disrupt']).toBe('true');
    }
    released = (await headOf('ticket')) as string;
  }, 1_200_000);

  test('G1: the same delivery again, five times at once, starts no second run and tells nothing more', async () => {
    const body = JSON.stringify(event('ticket', released));
    const answers = await Promise.all(Array.from({ length: 5 }, () => deliver({ body })));
    expect(answers).toEqual([202, 202, 202, 202, 202]);
    await sleep(5000);
    expect(await runsOf(released)).toHaveLength(1);
    expect(await told(short(released))).toHaveLength(2);
  }, 60_000);

  test('G1: five first deliveries at once start exactly one run', async () => {
    const commit = 'c'.repeat(40);
    const body = JSON.stringify(event('ticket', commit));
    await Promise.all(Array.from({ length: 5 }, () => deliver({ body })));
    await started(commit);
    await sleep(3000);
    expect(await runsOf(commit)).toHaveLength(1);
    const run = await ended(commit);
    expect(succeeded(run)?.status).toBe('False');
    await kubectl(seoul, ['delete', 'pipelinerun', '-n', 'ci', run.metadata.name]);
  }, 600_000);
});

describe('the services together', () => {
  test('a ticket is issued on the event of a booking, and the same one however often that comes', async () => {
    const [show, holder] = ['arirang', `Kim ${Date.now()}`];
    // Whatever was booked in this dev before.
    const seats = ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H'].flatMap((row) => [1, 2, 3, 4].map((n) => `${row}-${n}`));
    let hold: Record<string, string> = {};
    for (const seat of seats) {
      const { status, answer } = await use('booking', '/holds', { show, seat, holder });
      if (status !== 201) continue;
      hold = answer;
      break;
    }
    const booked = await use('booking', '/bookings', { hold: hold.id as string, holder });
    expect(booked.status).toBe(201);
    const booking = booked.answer.id as string;
    await until('the event', 60, async () =>
      (await kubectl(seoul, ['logs', '-n', 'dev', '-l', 'app.kubernetes.io/name=booking', '--tail=-1']))
        .split('\n')
        .some((line) => line.includes('"msg":"told"') && line.includes(booking)),
    );
    const { status, body } = await get('ticket.dev.localhost', `/tickets?booking=${booking}`);
    expect([status, JSON.parse(body)]).toEqual([
      200,
      expect.objectContaining({ booking, show, seat: hold.seat, holder }),
    ]);
    const again = await use('ticket', '/tickets', { booking, show, seat: hold.seat, holder });
    expect([again.status, again.answer]).toEqual([200, JSON.parse(body)]);
  }, 60_000);
});

describe('each service as its callers know it', () => {
  const read = async (service: string, path: string) => {
    const { status, body } = await get(`${service}.dev.localhost`, path);
    return { status, answer: JSON.parse(body) };
  };

  test('booking lists its shows, and tells a place in the queue, the same one again', async () => {
    const holder = `Kim ${Date.now()}`;
    const { answer } = await read('booking', '/shows');
    expect(answer.shows.map(({ id }: { id: string }) => id)).toContain('arirang');
    const first = await use('booking', '/queue', { show: 'arirang', holder });
    const again = await use('booking', '/queue', { show: 'arirang', holder });
    expect([first.status, again.status, again.answer]).toEqual([201, 200, first.answer]);
    expect(await read('booking', `/queue/${first.answer.id}`)).toEqual({ status: 200, answer: first.answer });
  });

  test('live opens, lists and closes a channel, once each', async () => {
    const given = { key: `key-${Date.now()}`, show: 'arirang', title: 'Backstage' };
    const opened = await use('live', '/channels', given);
    expect([opened.status, (await use('live', '/channels', given)).status]).toEqual([201, 200]);
    const { id } = opened.answer;
    const listed = async () =>
      (await read('live', '/channels?state=open&show=arirang')).answer.channels.map((one: { id: string }) => one.id);
    expect(await listed()).toContain(id);
    const closed = await use('live', `/channels/${id}/close`, {});
    expect([closed.status, (await use('live', `/channels/${id}/close`, {})).answer]).toEqual([200, closed.answer]);
    expect(await listed()).not.toContain(id);
  });
});

describe('what starts nothing', () => {
  const commit = 'd'.repeat(40);
  const good = JSON.stringify(event('ticket', commit));
  const cases: [string, Parameters<typeof deliver>[0]][] = [
    ['an unsigned delivery', { body: good, signature: undefined }],
    ['a wrongly signed delivery', { body: good, signature: `sha256=${'0'.repeat(64)}` }],
    [
      'a delivery signed with SHA-1 only',
      { body: good, signature: undefined, headers: { 'x-hub-signature': `sha1=${'0'.repeat(40)}` } },
    ],
    [
      'a form-encoded delivery',
      { body: `payload=${encodeURIComponent(good)}`, headers: { 'content-type': 'application/x-www-form-urlencoded' } },
    ],
    ['another kind of event', { body: good, headers: { 'x-github-event': 'issues' } }],
    [
      'another repository',
      {
        body: JSON.stringify(
          event('ticket', commit, {
            repository: { name: 'ticket', full_name: 'stranger/ticket', clone_url: 'http://x' },
          }),
        ),
      },
    ],
    ['the platform repository', { body: JSON.stringify(event('platform', commit)) }],
    ['a branch deletion', { body: JSON.stringify(event('ticket', '0'.repeat(40))) }],
    ['a branch deletion as GitHub tells it', { body: JSON.stringify(event('ticket', commit, { deleted: true })) }],
    ['a tag', { body: JSON.stringify(event('ticket', commit, { ref: 'refs/tags/v1' })) }],
    ['another branch', { body: JSON.stringify(event('ticket', commit, { ref: 'refs/heads/feature' })) }],
    [
      'a branch named as a command',
      { body: JSON.stringify(event('ticket', commit, { ref: 'refs/heads/$(touch /tmp/executed-by-a-push)' })) },
    ],
    [
      'a branch named as an option',
      { body: JSON.stringify(event('ticket', commit, { ref: "refs/heads/-oProxyCommand=x'; id #" })) },
    ],
    ['a commit that is no SHA', { body: JSON.stringify(event('ticket', '$(touch /tmp/executed-by-a-push)')) }],
    [
      'a push of the robot',
      {
        body: JSON.stringify(
          event('ticket', commit, { sender: { login: 'platform-robot' }, pusher: { login: 'platform-robot' } }),
        ),
      },
    ],
    ['a body that is no JSON', { body: '{"ref": ' }],
  ];
  test.each(cases)('%s', async (_, delivery) => {
    await deliver(delivery);
  });

  test('G2: none of them left a run', async () => {
    await sleep(4000);
    const names = (await pipelineRuns()).filter(
      ({ metadata }) =>
        metadata.labels?.['tickets.example/commit'] === commit || metadata.name.includes('000000000000'),
    );
    expect(names).toEqual([]);
  }, 20_000);

  test('a body of 25 MB is refused, in bounded memory', async () => {
    const body = JSON.stringify(event('ticket', commit, { padding: 'x'.repeat(25 * 2 ** 20) }));
    const grown: number[] = [];
    // The lowest of three: something else may start in the region meanwhile.
    for (let tries = 0; tries < 3; tries++) {
      const before = memory(seoul.name) ?? 0;
      let most = 0;
      const watch = setInterval(() => {
        most = Math.max(most, (memory(seoul.name) ?? 0) - before);
      }, 20);
      const answers = await Promise.all([deliver({ body }), deliver({ body }), deliver({ body })]);
      clearInterval(watch);
      for (const answer of answers) expect([0, 413]).toContain(answer);
      grown.push(most);
    }
    expect(Math.min(...grown)).toBeLessThan(60 * 2 ** 20);
    expect(await runsOf(commit)).toEqual([]);
  }, 60_000);
});

describe('faults', () => {
  const good = async (commit: string, since: number, seconds = 700) => {
    const story = await follow('ticket', commit, since, seconds);
    expect(story.failure).toBeUndefined();
    released = commit;
  };

  test('hostile text in a commit is told as text, and a message of 1 MB breaks nothing', async () => {
    const subject = `<!channel> "'; id # $(touch /tmp/executed-by-a-push) \`id\` \\ $(params.url) 한국어 & <http://evil|x>`;
    const message = `${subject}\n\n${'가나다 "quoted"\n'.repeat(50_000)}`;
    const commit = await push('ticket', message, change('Hostile text'));
    await good(commit, Date.now());
    const messages = await told(short(commit));
    expect(messages).toHaveLength(2);
    for (const { shown } of messages) expect(shown).toContain('한국어');
    const [found] = await runsOf(commit);
    expect(found?.metadata.annotations?.['tickets.example/subject']).toContain('(touch /tmp/executed-by-a-push)');
    expect(existsSync('/tmp/executed-by-a-push')).toBe(false);
  }, 900_000);

  test('G6: two pushes in a row end with the newer one, whichever run is faster', async () => {
    const first = await push('ticket', 'First of two\n', change('First of two'));
    await started(first);
    const second = await push('ticket', 'Second of two\n', change('Second of two'));
    await good(second, Date.now());
    const [run] = await Promise.all([ended(first), ended(second)]);
    expect(['released', 'superseded']).toContain(resultOf(run, 'outcome'));
    await sleep(5000);
    expect(await servedCommit('ticket', 'dev')).toBe(second);
  }, 900_000);

  test('G16: with Slack down the release goes on, and Slack is told when it is back', async () => {
    await slackMode('down');
    const commit = await push('ticket', 'While Slack is down\n', change('While Slack is down'));
    try {
      const run = await ended(commit);
      expect(succeeded(run)?.status).toBe('True');
      await until('dev', 180, async () => (await servedCommit('ticket', 'dev')) === commit);
      await sleep(5000);
      expect(await told(short(commit))).toEqual([]);
    } finally {
      await slackMode('ok');
    }
    released = commit;
    await until('Slack', 200, async () => (await told(short(commit))).length === 2, 1000);
    await sleep(5000);
    expect(await told(short(commit))).toHaveLength(2);
  }, 900_000);

  test('a forge and a registry that are killed in the middle of a run come back, and the run ends as it should', async () => {
    const commit = await push(
      'ticket',
      'While forge and registry restart\n',
      change('While forge and registry restart'),
    );
    const { name } = (await started(commit)).metadata;
    const forge = (await run('pgrep', ['-f', '/forge/gitea web'])).trim().split('\n');
    for (const pid of forge) process.kill(Number(pid), 'SIGKILL');
    // While the image is pushed, again and again: whatever is half written.
    const pod = ['get', 'pod', '-n', 'ci', `${name}-image-push-pod`, '-o', 'jsonpath={.status.phase}'];
    await until('the push', 400, async () => (await kubectl(seoul, pod)) === 'Running');
    let killed = 0;
    for (let n = 0; n < 5; n++) {
      const pid = registryOf(seoul);
      if (pid !== undefined) {
        process.kill(pid, 'SIGKILL');
        killed++;
      }
      await sleep(800);
    }
    expect(killed).toBeGreaterThan(1);
    await good(commit, Date.now());
  }, 900_000);

  test('G4: a push whose webhook was lost is redelivered, and once only', async () => {
    let commit: string;
    await webhooks('ticket', false);
    try {
      commit = await push('ticket', 'While the webhook is lost\n', change('While the webhook is lost'));
      // The forge looks for webhooks a little after the push.
      await sleep(5000);
    } finally {
      await webhooks('ticket', true);
    }
    expect(await runsOf(commit)).toEqual([]);
    const since = Date.now();
    await Promise.all([redeliverPushes(), sleep(100).then(redeliverPushes)]);
    expect(await runsOf(commit)).toHaveLength(1);
    await good(commit, since);
    await redeliverPushes();
    await sleep(3000);
    expect(await runsOf(commit)).toHaveLength(1);
    expect(await told(short(commit))).toHaveLength(2);
  }, 900_000);

  test('G24: a Tekton controller that is killed in the middle of a run takes it up again', async () => {
    const commit = await push('ticket', 'While the controller restarts\n', change('While the controller restarts'));
    await started(commit);
    await sleep(4000);
    await kubectl(seoul, [
      'delete',
      'pod',
      '-n',
      'tekton-pipelines',
      '-l',
      'app=tekton-pipelines-controller',
      '--grace-period=0',
      '--force',
    ]);
    await good(commit, Date.now());
    expect(await runsOf(commit)).toHaveLength(1);
  }, 900_000);

  /** The pods that did the work of a run, as they are now. */
  const podsOf = async (commit: string) => {
    const run = (await runsOf(commit))[0]?.metadata.name;
    const pods = JSON.parse(
      await kubectl(seoul, ['get', 'pods', '-n', 'ci', '-l', `tekton.dev/pipelineRun=${run}`, '-o', 'json']),
    );
    type Pod = { metadata: { name: string; uid: string; labels: Record<string, string> }; status: { phase: string } };
    return (pods.items as Pod[]).map(({ metadata: { name, uid, labels }, status: { phase } }) => ({
      ...{ task: labels['tekton.dev/pipelineTask'] as string, name, uid, phase },
    }));
  };

  test('G24: with each pod that is tried again taken away once, the build by an eviction as when its node goes, a run ends as it should and leaves no volume', async () => {
    const evict = (name: string) => {
      const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace: 'ci' } };
      const path = `/api/v1/namespaces/ci/pods/${name}/eviction`;
      return kubectl(seoul, ['create', '--raw', path, '-f', '-'], JSON.stringify(eviction));
    };
    const kill = (name: string) => kubectl(seoul, ['delete', 'pod', '-n', 'ci', name, '--grace-period=0', '--force']);
    const commit = await push('ticket', 'While every pod is taken away\n', change('While every pod is taken away'));
    const left = new Set([
      ...['git-clone', 'unit-test', 'kaniko-build', 'sonar-scan', 'trivy-scan'],
      ...['image-push', 'image-replicate', 'release'],
    ]);
    const struck: { task: string; uid: string }[] = [];
    const strikes = until('a pod of every task', 700, async () => {
      for (const { task, name, uid, phase } of await podsOf(commit)) {
        if (phase !== 'Running' || !left.has(task)) continue;
        await (task === 'kaniko-build' ? evict : kill)(name);
        left.delete(task);
        struck.push({ task, uid });
      }
      return left.size === 0;
    });
    await Promise.all([strikes, good(commit, Date.now())]);
    const run = await ended(commit);
    expect([resultOf(run, 'outcome'), resultOf(run, 'replica')]).toEqual(['released', 'confirmed']);
    expect(await told(short(commit))).toHaveLength(2);
    const now = await podsOf(commit);
    for (const { task, uid } of struck) {
      expect(now.map((pod) => pod.task)).toContain(task);
      expect(now.filter((pod) => pod.task === task && pod.uid !== uid)).not.toEqual([]);
    }
    const { folder, remove } = await cloneService('platform');
    const commits = await git(['log', '--format=%h', `--grep=${short(commit)}`], folder);
    remove();
    expect(commits.trim().split('\n')).toHaveLength(1);
    await until('volumes', 180, async () => (await kubectl(seoul, ['get', 'pvc', '-n', 'ci', '-o', 'name'])) === '');
  }, 900_000);

  test('a notifier that restarts repeats nothing', async () => {
    const before = (await told('')).length;
    await kubectl(seoul, ['rollout', 'restart', 'deployment/notifier', '-n', 'notifier']);
    await kubectl(seoul, ['rollout', 'status', 'deployment/notifier', '-n', 'notifier', '--timeout=120s']);
    await sleep(10_000);
    expect((await told('')).length).toBe(before);
  }, 180_000);
});

describe('every gate stops what it is for, there and nowhere else, and Slack is told its reason', () => {
  /** The tasks of a run that failed by themselves. */
  const stoppedAt = async (commit: string): Promise<string[]> => {
    const run = await ended(commit, 900);
    return (await taskRuns(run.metadata.name))
      .filter((task) => succeeded(task)?.status === 'False' && !/Cancel/.test(succeeded(task)?.reason ?? ''))
      .map((task) => taskName(task) as string);
  };
  const reason = async (commit: string) =>
    until(
      'Slack',
      60,
      async () => (await told(short(commit)))[0]?.shown.includes('failed') && (await told(short(commit)))[0]?.shown,
    );
  /** What passed every gate, by service. */
  const passed: Record<string, string> = {};
  /** Commits that a gate had to stop. */
  const stopped: string[] = [];
  /** The commit of live whose code looked around. */
  let seen = '';
  /** What dev runs of each service, which every change here begins with. */
  const good: Record<string, string> = {};
  beforeAll(async () => {
    for (const service of services) good[service] = (await servedCommit(service, 'dev')) as string;
  });
  const pushAll = (message: string, changes: Record<string, (folder: string) => void>) =>
    Promise.all(
      Object.entries(changes).map(async ([service, change]) => ({
        service,
        commit: await push(service, message, async (folder) => {
          await git(['read-tree', '-u', '--reset', good[service] as string], folder);
          change(folder);
        }),
      })),
    );

  test.each(Object.entries(contracts))(
    '%s',
    async (gate, of) => {
      const changes = Object.fromEntries(Object.entries(of).map(([service, { change }]) => [service, change]));
      const pushed = await pushAll(`Must be stopped by ${gate}\n`, changes);
      stopped.push(...pushed.map(({ commit }) => commit));
      for (const { service, commit } of pushed) {
        expect({ service, at: await stoppedAt(commit) }).toEqual({ service, at: [gate.split(',')[0]] });
        const said = (await reason(commit)) as string;
        expect(said).toMatch(of[service]?.says as RegExp);
        if (of[service]?.logs) {
          const [, command = ''] = /kubectl (logs -n ci \S+ -c \S+)/.exec(said) ?? [];
          expect(await kubectl(seoul, command.split(' '))).toMatch(of[service].logs);
        }
        expect(await servedCommit(service, 'dev')).toBe(good[service]);
      }
    },
    1_800_000,
  );

  test('what passes all of them is released, in both registries under one digest and signed in both; its code finds no credential', async () => {
    const [looked] = await pushAll('Good again\n', { live: curious });
    seen = (looked as { commit: string }).commit;
    for (const [service, commit] of Object.entries({ ...good, live: seen })) {
      const end = await ended(commit, 900);
      expect({ service, outcome: resultOf(end, 'outcome'), replica: resultOf(end, 'replica') }).toEqual({
        ...{ service, outcome: 'released', replica: 'confirmed' },
      });
      expect(resultOf(end, 'quality')).toMatch(/^quality gate passed, coverage \d/);
      const digest = resultOf(end, 'image')?.split('@')[1] as string;
      for (const region of regions) {
        const image = `${registry(region)}/${service}`;
        expect(await hasImage(image, digest, { urls: registryUrls })).toBe(true);
        const { publicKey = '' } = secrets().signingKey ?? {};
        await checkProvenance(image, digest, { service, commit }, publicKey, { urls: registryUrls });
        const asked = ['--key', join(state, 'signing.pub'), '--insecure-ignore-tlog', '--allow-http-registry'];
        const there = `${registryFromHost(region)}/${service}@${digest}`;
        const cosign = (...args: string[]) => run(binary('cosign', 'cosign'), [...args, ...asked, there]);
        await cosign('verify');
        expect(await cosign('verify-attestation', '--type=cyclonedx')).toContain('payload');
        const [statement = ''] = (await cosign('verify-attestation', '--type=slsaprovenance1')).split('\n');
        const { predicate } = JSON.parse(Buffer.from(JSON.parse(statement).payload, 'base64').toString());
        const from: { uri: string }[] = predicate.buildDefinition.resolvedDependencies;
        // The images that its Dockerfile names, and no others.
        expect(from.filter(({ uri }) => uri.startsWith('oci://'))).toHaveLength(service === 'live' ? 1 : 2);
      }
      await until('dev', 180, async () => (await servedCommit(service, 'dev')) === commit);
      passed[service] = commit;
    }
    // The layers that later runs build on are built and saved, by a Dockerfile that looked around there too.
    for (const task of ['dependency-build', 'cache-save'])
      expect([task, succeeded(await taskOf(seen, task))?.status]).toEqual([task, 'True']);
  }, 1_800_000);

  test('a run that is started again builds the very same image, on cached layers, and releases nothing twice', async () => {
    const firsts = Object.entries(passed).map(async ([service, commit]) => {
      const first = await ended(commit);
      // With its tasks: a new run of the same name would take those that are still there for its own.
      await kubectl(seoul, ['delete', 'pipelinerun', '-n', 'ci', '--cascade=foreground', first.metadata.name]);
      expect(await deliver({ body: JSON.stringify(event(service, commit)) })).toBe(202);
      return { service, commit, first };
    });
    for (const { service, commit, first } of await Promise.all(firsts)) {
      await started(commit);
      const second = await ended(commit, 900);
      expect({ service, end: succeeded(second)?.status }).toEqual({ service, end: 'True' });
      for (const name of ['image', 'release-commit']) expect(resultOf(second, name)).toBe(resultOf(first, name));
      const cloned = await taskOf(commit, 'git-clone');
      expect({ service, cache: resultOf(cloned, 'cache') }).toEqual({
        ...{ service, cache: service === 'ticket' ? 'none' : 'hit' },
      });
    }
  }, 1_800_000);

  test('G12: a tag that is in the way is not moved, and nothing is released', async () => {
    const there = registryFromHost(seoul);
    const env = { DOCKER_CONFIG: dockerConfig(seoul) };
    const crane = (...args: string[]) => run(binary('tools', 'crane'), ['--insecure', ...args], { env });
    const pushed = services.map(async (service) => {
      const { folder, remove } = await cloneService(service);
      await git(['read-tree', '-u', '--reset', good[service] as string], folder);
      change('A tag is in the way')(folder);
      const author = ['-c', 'user.name=Kim', '-c', 'user.email=kim@tickets.example'];
      await git([...author, 'commit', '-qam', 'A tag is in the way'], folder);
      const commit = (await git(['rev-parse', 'HEAD'], folder)).trim();
      await crane('copy', `${there}/${service}:${good[service]}`, `${there}/${service}:${commit}`);
      await git(['push', '--quiet', 'origin', 'HEAD:refs/heads/main'], folder, secrets().developerToken);
      remove();
      return { service, commit };
    });
    const all = await Promise.all(pushed);
    try {
      for (const { service, commit } of all) {
        expect({ service, at: await stoppedAt(commit) }).toEqual({ service, at: ['image-push'] });
        expect(await reason(commit)).toMatch(/image-push[\s\S]*tags of commits do not move: push a new commit/);
      }
      // By the way: tests of Java use the layer cache.
      const [{ commit }] = all.filter(({ service }) => service === 'booking') as [(typeof all)[number]];
      const pod = `${(await started(commit)).metadata.name}-unit-test-pod`;
      expect(await kubectl(seoul, ['logs', '-n', 'ci', pod, '-c', 'step-link-cache'])).toContain(
        'comes from the layer cache',
      );
    } finally {
      for (const { service, commit } of all) await crane('delete', `${there}/${service}:${commit}`);
    }
  }, 1_800_000);

  test('G15: what another key has signed is not released, and counts for no replica', async () => {
    const asJson = ['get', 'secret', '-n', 'ci', 'signing-public-key', '-o', 'json'];
    const { data } = JSON.parse(await kubectl(seoul, asJson));
    const give = (key: string) =>
      kubectl(seoul, ['patch', 'secret', '-n', 'ci', 'signing-public-key', '-p', JSON.stringify({ data: { key } })]);
    const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ type: 'spki', format: 'pem' });
    const served = Object.fromEntries(
      await Promise.all(services.map(async (service) => [service, await servedCommit(service, 'dev')] as const)),
    );
    await give(Buffer.from(other).toString('base64'));
    try {
      const pushed = await pushAll(
        'Signed by nobody who is known\n',
        Object.fromEntries(services.map((service) => [service, change('Signed by nobody who is known')])),
      );
      for (const { service, commit } of pushed) {
        expect({ service, at: await stoppedAt(commit) }).toEqual({ service, at: ['release'] });
        expect(await reason(commit)).toMatch(/release[\s\S]*no signed provenance[\s\S]*signature verification failed/);
        expect(resultOf(await taskOf(commit, 'image-replicate'), 'outcome')).toBe('late');
      }
      // Long enough for Argo CD to have seen a release.
      await sleep(10_000);
      for (const { service } of pushed) expect(await servedCommit(service, 'dev')).toBe(served[service]);
    } finally {
      await give(data.key);
    }
  }, 1_800_000);

  test('nothing that was stopped is in a registry of any region', async () => {
    const there = (
      await Promise.all(regions.flatMap((region) => services.map((service) => tagsOf(service, region))))
    ).flat();
    expect(stopped).toHaveLength(Object.values(contracts).flatMap((of) => Object.keys(of)).length);
    for (const commit of stopped) expect(there).not.toContain(commit);
  });

  test('G21: SonarQube killed during an analysis: nothing is released, and it is told why', async () => {
    const [pushed] = await pushAll('Without a judge\n', { ticket: change('Without a judge') });
    const { commit } = pushed as { commit: string };
    await until('an analysis that goes on', 400, async () => {
      const name = `${(await started(commit)).metadata.name}-sonar-scan-pod`;
      // Its log is told when it has ended.
      const log = ['exec', '-n', 'ci', name, '-c', 'step-scan', '--', 'cat', '/scan/log'];
      return (await kubectl(seoul, log)).includes('Run sensors');
    });
    await stop(sonarqube.name);
    expect(await stoppedAt(commit)).toEqual(['sonar-scan']);
    expect(await reason(commit)).toContain('not judged');
    // What is pushed after this is judged again.
    expect(script('up').status).toBe(0);
  }, 900_000);

  test('no run leaves a volume behind', async () => {
    expect(await kubectl(seoul, ['get', 'pvc', '-n', 'ci', '-o', 'name'])).toBe('');
  });
});

describe('promotion', () => {
  test.each(services.flatMap((service) => ['prod', 'dr'].map((environment) => [service, environment] as const)))(
    'scripts/promote brings what dev runs of %s to %s, to dr by way of prod, once, and Slack is told once',
    async (service, environment) => {
      const commit = (await servedCommit(service, 'dev')) as string;
      const first = script('promote', service, environment);
      expect(first.output).toContain(service);
      expect(first.status).toBe(0);
      await until(environment, 120, async () => (await servedCommit(service, environment)) === commit);
      if (service === 'ticket' && environment === 'prod') promoted = commit;
      const again = script('promote', service, environment);
      expect(again.output).toContain('unchanged');
      await until(
        'Slack',
        60,
        async () => (await told(short(commit))).filter(({ shown }) => shown.includes(environment)).length === 1,
      );
    },
    600_000,
  );

  test('an unknown service or environment is refused with what is allowed', () => {
    const { status, output } = script('promote', 'tiket', 'production');
    expect(status).toBe(2);
    expect(output).toContain('prod');
    expect(output).not.toContain('    at ');
  });
});

describe('the two regions', () => {
  const inTokyo = (digest: string) => hasImage(`${registry(tokyo)}/ticket`, digest, { urls: registryUrls });

  test('the release is in both registries under the same digest', async () => {
    const [run] = await runsOf(released);
    const digest = resultOf(run, 'image')?.split('@')[1] as string;
    expect(resultOf(run, 'replica')).toBe('confirmed');
    expect(await inTokyo(digest)).toBe(true);
  });

  test('G14: with Tokyo cut off in the middle of a copy a push is released in Seoul all the same; dr stays, is not promoted to, and is healed later', async () => {
    const before = released;
    const theirs = registryOf(tokyo);
    if (theirs === undefined) throw new Error('Tokyo runs no registry');
    const there = await tagsOf('ticket', tokyo);
    let digest: string;
    try {
      released = await push('ticket', 'While Tokyo goes away\n', change('While Tokyo goes away'));
      // What is signed comes first. Its registry then stands still, so that the copy waits in its middle until the link is cut.
      await until(
        'the first of a replica',
        600,
        async () => (await tagsOf('ticket', tokyo)).some((tag) => !there.includes(tag)),
        10,
      );
      process.kill(theirs, 'SIGSTOP');
      await sleep(3000);
      expect(script('region', 'tokyo', 'off').status).toBe(0);
      process.kill(theirs, 'SIGCONT');
      const run = await ended(released);
      expect([resultOf(run, 'outcome'), resultOf(run, 'replica')]).toEqual(['released', 'late']);
      digest = resultOf(run, 'image')?.split('@')[1] as string;
      await until('dev', 180, async () => (await servedCommit('ticket', 'dev')) === released);
      const late = async () =>
        (await told(short(released))).filter(({ shown }) => shown.includes('does not have the image yet')).length;
      await until('Slack', 180, async () => (await late()) > 0);
      expect(await late()).toBe(1);
      // What prod runs is for the standby; prod does not wait for it.
      expect(script('promote', 'ticket', 'prod').status).toBe(0);
      promoted = released;
      const promotion = script('promote', 'ticket', 'dr');
      expect([promotion.status, promotion.output]).toEqual([
        5,
        expect.stringContaining('run again when the registry answers'),
      ]);
    } finally {
      script('region', 'tokyo', 'on');
      process.kill(theirs, 'SIGCONT');
    }
    await until('dr', 180, async () => (await servedCommit('ticket', 'dr')) === before);
    // Unless the job's own time has come in these seconds.
    if (!(await inTokyo(digest)))
      expect(script('promote', 'ticket', 'dr').output).toContain('not in the registry of dr (yet)');

    for (const name of ['backfill-1', 'backfill-2']) {
      await kubectl(seoul, ['create', 'job', '-n', 'ci', name, '--from=cronjob/backfill-replicas']);
      await kubectl(seoul, ['wait', '-n', 'ci', '--for=condition=complete', `job/${name}`, '--timeout=90s']);
    }
    expect(await inTokyo(digest)).toBe(true);
    expect(script('promote', 'ticket', 'dr').status).toBe(0);
    await until('dr', 180, async () => (await servedCommit('ticket', 'dr')) === released);
    expect(await kubectl(seoul, ['get', 'pvc', '-n', 'ci', '-o', 'name'])).toBe('');
  }, 900_000);

  test('with Seoul gone, Tokyo follows git by itself', async () => {
    const { folder, remove } = await cloneService('platform');
    const file = join(folder, releasePath('dr', 'ticket'));
    const [now] = (await git(['log', '--format=%H', '-1', '--', releasePath('dr', 'ticket')], folder))
      .trim()
      .split('\n');
    const before = await servedCommit('ticket', 'dr');
    expect(script('region', 'seoul', 'off').status).toBe(0);
    try {
      await git(['checkout', '--quiet', `${now}^`, '--', file], folder);
      await commitAndPush(folder, 'Back to the release before, while Seoul is gone\n');
      const earlier = parseRelease(readFileSync(file, 'utf8'))?.commit;
      expect(earlier).not.toBe(before);
      await until('dr', 180, async () => (await servedCommit('ticket', 'dr')) === earlier);
    } finally {
      script('region', 'seoul', 'on');
      remove();
    }
    await until('dev', 180, async () => (await servedCommit('ticket', 'dev')) === released);
  }, 600_000);
});

describe('secrets', () => {
  const may = async (account: string, attributes: object): Promise<boolean> => {
    const [, , namespace] = account.split(':');
    const review = {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: {
        user: account,
        groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
        resourceAttributes: { namespace: 'ci', ...attributes },
      },
    };
    return JSON.parse(await kubectl(seoul, ['create', '-f', '-', '-o', 'json'], JSON.stringify(review))).status.allowed;
  };
  /** What each account may do of what would matter: most may do nothing of it. */
  const rights: Record<string, string[]> = {
    ...Object.fromEntries(
      ['build', 'scan', 'push', 'replicate', 'release', 'cache-save', 'default'].map((name) => [
        `system:serviceaccount:ci:${name}`,
        [],
      ]),
    ),
    'system:serviceaccount:ci:listen': ['create pipelineruns'],
    'system:serviceaccount:ci:redeliver-pushes': [],
    'system:serviceaccount:notifier:notifier': [],
  };
  test.each(Object.entries(rights))(
    'the API server lets the account %s read no secret, start no task and change no pod; and of the rest: %s',
    async (account, allowed) => {
      const asked = {
        'get secrets': { verb: 'get', resource: 'secrets' },
        'list secrets': { verb: 'list', resource: 'secrets' },
        'create pods': { verb: 'create', resource: 'pods' },
        'create pods/exec': { verb: 'create', resource: 'pods', subresource: 'exec' },
        'create pipelineruns': { verb: 'create', resource: 'pipelineruns', group: 'tekton.dev' },
        'create taskruns': { verb: 'create', resource: 'taskruns', group: 'tekton.dev' },
        'patch tasks': { verb: 'patch', resource: 'tasks', group: 'tekton.dev' },
        'create serviceaccounts/token': { verb: 'create', resource: 'serviceaccounts', subresource: 'token' },
      };
      const found = await Promise.all(Object.values(asked).map((attributes) => may(account, attributes)));
      expect(Object.keys(asked).filter((_, index) => found[index])).toEqual(allowed);
    },
    60_000,
  );

  /** What the API server says to an account; a dry run is admitted or refused like any other request. */
  const asked = (region: Region, account: string, args: string[], input?: object) =>
    kubectl(
      region,
      [...args, `--as=system:serviceaccount:${account}`, '--dry-run=server', '-o', 'name'],
      input && JSON.stringify(input),
    ).then(
      () => 'passed',
      ({ message }: Error) => message,
    );

  describe('runs of the EventListener', () => {
    // biome-ignore lint/suspicious/noExplicitAny: a PipelineRun, of which each test changes another part
    type PipelineRun = any;
    const create = async (change: (run: PipelineRun) => void) => {
      const template = await kubectl(seoul, ['get', 'triggertemplate', 'ticket', '-n', 'ci', '-o', 'json']);
      const run = JSON.parse(template.replaceAll('$(tt.params.short)', `${Date.now()}`)).spec.resourcetemplates[0];
      run.metadata.namespace = 'ci';
      run.metadata.labels = {};
      change(run);
      return asked(seoul, 'ci:listen', ['create', '-f', '-'], run);
    };
    const volumes = [{ name: 'key', secret: { secretName: 'signing-key' } }];
    const taskSpec = {
      volumes,
      steps: [{ name: 'read', image: 'x', volumeMounts: [{ name: 'key', mountPath: '/key' }] }],
    };
    const param = (run: PipelineRun, name: string) =>
      run.spec.params.find((param: { name: string }) => param.name === name);

    test('the EventListener may start what a trigger template says', async () => {
      expect(await create(() => undefined)).toBe('passed');
    });

    test.each<[string, string, (run: PipelineRun) => void]>([
      [
        'a pipeline of its own with a volume of a secret',
        'listen may start the pipeline deliver by its name',
        ({ spec }) => {
          delete spec.pipelineRef;
          spec.pipelineSpec = { tasks: [{ name: 'read', taskSpec }] };
          spec.taskRunSpecs = [];
          spec.workspaces = [];
        },
      ],
      [
        'the same as v1beta1',
        'listen may start the pipeline deliver by its name',
        (run) => {
          run.apiVersion = 'tekton.dev/v1beta1';
          run.spec = { pipelineSpec: { tasks: [{ name: 'read', taskSpec }] } };
        },
      ],
      [
        'a pipeline from elsewhere',
        'listen may start the pipeline deliver by its name',
        ({ spec }) => {
          spec.pipelineRef = { resolver: 'git', params: [{ name: 'url', value: 'https://example.org/x.git' }] };
        },
      ],
      [
        'a secret as its workspace',
        'workspaces: may be new volumes only',
        ({ spec }) => {
          spec.workspaces = [{ name: 'source', secret: { secretName: 'signing-key' } }];
        },
      ],
      [
        'a copy of another volume',
        'workspaces: may be new volumes only',
        ({ spec }) => {
          spec.workspaces[0].volumeClaimTemplate.spec.dataSource = { kind: 'PersistentVolumeClaim', name: 'other' };
        },
      ],
      [
        'pods with a volume of a secret',
        'podTemplate: may have',
        ({ spec }) => {
          spec.taskRunTemplate.podTemplate.volumes = volumes;
        },
      ],
      [
        'one task with a secret in its environment',
        'podTemplate: may have',
        ({ spec }) => {
          const valueFrom = { secretKeyRef: { name: 'signing-key', key: 'cosign.key' } };
          spec.taskRunSpecs[0].podTemplate.env = [{ name: 'KEY', valueFrom }];
        },
      ],
      [
        'a task as the account of another',
        'serviceAccountName: has to be that of the task',
        ({ spec }) => {
          spec.taskRunSpecs[0].serviceAccountName = 'release';
        },
      ],
      [
        'all tasks as another account',
        'serviceAccountName: has to be that of the task',
        ({ spec }) => {
          spec.taskRunTemplate.serviceAccountName = 'release';
        },
      ],
      [
        'a repository that is sent the token',
        'have to be those of a service',
        (run) => {
          param(run, 'repository').value = 'http://example.org/x.git';
        },
      ],
      [
        'an analysis that is sent the token',
        'have to be those of a service',
        (run) => {
          param(run, 'analysis').value.push('-Dsonar.host.url=http://example.org');
        },
      ],
      [
        'an image on a base of its own',
        'have to be those of a service',
        (run) => {
          param(run, 'bases').value = ['--build-arg=GO_IMAGE=example.org/go:latest'];
        },
      ],
      [
        'a task under the label of another',
        'taskRunSpecs: may have an account and a pod template only',
        ({ spec }) => {
          spec.taskRunSpecs[0].metadata = { labels: { 'tekton.dev/pipelineTask': 'image-push' } };
        },
      ],
      [
        'a release to prod',
        'have to be those of a service',
        (run) => {
          param(run, 'environment').value = 'prod';
        },
      ],
    ])('the EventListener may not start %s', async (_, words, change) => {
      expect(await create(change)).toContain(words);
    });

    test('people are not held to it', async () => {
      const name = `person-${Date.now()}`;
      const run = {
        apiVersion: 'tekton.dev/v1',
        kind: 'PipelineRun',
        metadata: { name, namespace: 'ci' },
        spec: { pipelineSpec: { tasks: [{ name: 'read', taskSpec }] } },
      };
      const args = ['create', '-f', '-', '--dry-run=server', '-o', 'name'];
      expect(await kubectl(seoul, args, JSON.stringify(run))).toContain(name);
    });
  });

  describe('writes of the notifier', () => {
    const patched = (region: Region, object: string[], patch: object) =>
      asked(region, 'notifier:notifier', ['patch', ...object, '--type=merge', `--patch=${JSON.stringify(patch)}`]);
    const one = async (kind: string): Promise<string[]> => {
      if (kind === 'Application of Tokyo') return ['application', 'ticket-dr', '-n', 'argocd'];
      if (kind === 'Application of Seoul') return ['application', 'ticket-prod', '-n', 'argocd'];
      const [run] = await pipelineRuns();
      return ['pipelinerun', run?.metadata.name ?? 'none is there', '-n', 'ci'];
    };
    const place = (kind: string) => (kind === 'Application of Tokyo' ? tokyo : seoul);
    const kinds = ['Application of Seoul', 'Application of Tokyo', 'PipelineRun'];

    test.each(kinds)('the notifier may write what it told: %s', async (kind) => {
      const patch = { metadata: { annotations: { 'notifier.tickets.example/notified': '{}' } } };
      expect(await patched(place(kind), await one(kind), patch)).toBe('passed');
    });

    test.each(
      kinds.flatMap((kind) =>
        [
          kind === 'PipelineRun'
            ? { spec: { status: 'Cancelled' } }
            : { spec: { source: { repoURL: 'https://example.org/x.git' } } },
          // By which Argo CD synchronises at once, to anything.
          ...(kind === 'PipelineRun' ? [] : [{ operation: { sync: {} } }, { status: { reconciledAt: null } }]),
          { metadata: { labels: { x: 'y' } } },
          { metadata: { finalizers: ['example.org/x'] } },
          { metadata: { annotations: { 'argocd.argoproj.io/refresh': 'hard' } } },
        ].map((patch) => [`${kind} ${JSON.stringify(patch)}`, kind, patch] as const),
      ),
    )('the notifier may write nothing else: %s', async (_, kind, patch) => {
      expect(await patched(place(kind), await one(kind), patch)).toContain('notifier may write');
    });
  });

  /** From a pod with everything that a scanning Task gives its steps, but for what they run. */
  const looks = `
fail() { echo "found: $1"; exit 1; }
names=$(env | cut -d= -f1 | grep -iE 'token|secret|password|credential|private|auth' | grep -vx "\${ALLOWED:-nothing}" || true)
[ -z "$names" ] || fail "in the environment: $names"
for folder in $(awk '$3 == "tmpfs" { print $2 }' /proc/mounts | grep -vE '^/(dev|proc|sys|tekton/downward)(/|$)'); do
  [ ! -d "$folder" ] || [ -z "$(ls -A "$folder" 2>/dev/null)" ] || fail "mounted: $folder"
done
[ ! -e /var/run/secrets/kubernetes.io ] || fail 'a token of Kubernetes'
asked() { curl --silent --output /dev/null --max-time 15 --write-out '%{http_code}' "$@" || true; }
[ "$(asked --connect-timeout 3 http://169.254.169.254/latest/meta-data/)" = 000 ] || fail 'a metadata service'
[ "$(asked --insecure https://kubernetes.default.svc/api/v1/namespaces/ci/secrets)" = 403 ] || fail 'something of Kubernetes'
[ "$(asked http://forge.internal:3000/tickets/ticket.git/info/refs?service=git-upload-pack)" = 401 ] || fail 'a repository'
for host in registry.seoul.internal registry.tokyo.internal; do
  [ "$(asked --request POST "http://$host:5000/v2/ticket/blobs/uploads/")" = 401 ] || fail "a way into $host"
done
echo looked everywhere`;
  test.each([
    ['trivy-scan', 'nothing'],
    // Its own server's, and only that.
    ['sonar-scan', 'SONAR_TOKEN'],
  ])(
    'from inside the pod of %s no credential but its own is to be had, and no metadata service',
    async (name, allowed) => {
      const task = JSON.parse(await kubectl(seoul, ['get', 'task', name, '-n', 'ci', '-o', 'json']));
      const steps = (task.spec.steps as { script?: string; env?: object[] }[]).map(({ script, env = [], ...step }) => ({
        ...step,
        command: ['sh', '-c'],
        args: [looks],
        env: [...env, { name: 'ALLOWED', value: allowed }],
      }));
      const template = JSON.parse(await kubectl(seoul, ['get', 'triggertemplate', 'ticket', '-n', 'ci', '-o', 'json']));
      const own = (
        template.spec.resourcetemplates[0].spec.taskRunSpecs as {
          pipelineTaskName: string;
          serviceAccountName: string;
          podTemplate: object;
        }[]
      ).find(({ pipelineTaskName }) => pipelineTaskName === name);
      const look = `look-${Date.now()}`;
      const taskRun = {
        apiVersion: 'tekton.dev/v1',
        kind: 'TaskRun',
        metadata: { name: look, namespace: 'ci' },
        spec: {
          serviceAccountName: own?.serviceAccountName,
          podTemplate: own?.podTemplate,
          taskSpec: { ...task.spec, steps },
          params: (task.spec.params ?? []).map((param: { name: string; type: string }) => ({
            name: param.name,
            value: param.type === 'array' ? ['x'] : 'x',
          })),
          workspaces: (task.spec.workspaces ?? []).map((workspace: { name: string }) => ({
            name: workspace.name,
            emptyDir: {},
          })),
        },
      };
      await kubectl(seoul, ['create', '-f', '-'], JSON.stringify(taskRun));
      try {
        await until(look, 90, async () => {
          const now = JSON.parse(await kubectl(seoul, ['get', 'taskrun', '-n', 'ci', look, '-o', 'json']));
          return succeeded(now) && succeeded(now)?.status !== 'Unknown';
        });
        const said = await kubectl(seoul, ['logs', '-n', 'ci', `${look}-pod`, '--all-containers']);
        expect(said).not.toContain('found:');
        expect(said.match(/looked everywhere/g)).toHaveLength(steps.length);
      } finally {
        await kubectl(seoul, ['delete', 'taskrun', '-n', 'ci', look]);
      }
    },
    120_000,
  );

  test('what runs in a region reaches no link-local address, where clouds have their metadata service, and others beside it', async () => {
    const [cloud, link, gateway] = ['gitops-e2e-cloud', 'gp-e2e', '198.51.100.1'];
    const [metadata, other] = ['169.254.42.42', '198.51.100.2'];
    const ip = (...args: string[]) => run('ip', args);
    const remove = async () => {
      await ip('link', 'del', link).catch(() => undefined);
      await ip('netns', 'del', cloud).catch(() => undefined);
    };
    // Of a run that was killed.
    await remove();
    await ip('netns', 'add', cloud);
    const serve = "require('node:http').createServer((_, answer) => answer.end('here')).listen(80)";
    const server = spawn('nsenter', [`--net=/run/netns/${cloud}`, process.execPath, '-e', serve]);
    try {
      await ip('link', 'add', link, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', cloud);
      for (const address of [metadata, other]) await ip('-n', cloud, 'addr', 'add', `${address}/24`, 'dev', 'eth0');
      await ip('-n', cloud, 'link', 'set', 'eth0', 'up');
      await ip('addr', 'add', `${gateway}/24`, 'dev', link);
      await ip('link', 'set', link, 'up');
      await ip('route', 'add', metadata, 'dev', link);
      const asked = (address: string, ...from: string[]) =>
        run('nsenter', [...from, 'curl', '--silent', '--noproxy', '*', '--max-time', '5', `http://${address}/`]).catch(
          () => 'nothing',
        );
      const region = `--net=/run/netns/${namespace(seoul)}`;
      await until('the server', 20, async () => (await asked(metadata)) === 'here');
      expect([await asked(metadata, region), await asked(other, region)]).toEqual(['nothing', 'here']);
    } finally {
      server.kill();
      await remove();
    }
  }, 60_000);

  test('G20: no log, run, message, repository or file of git shows a token, a login, the webhook secret or a password', async () => {
    const { robotToken, readerToken, developerToken, password, sonarPassword, argocdWebhook, signingKey } = secrets();
    const kept = JSON.parse(await kubectl(seoul, ['get', 'secrets', '-n', 'ci', '-o', 'json'])).items as {
      metadata: { name: string };
      data?: Record<string, string>;
    }[];
    const logins = (value: string) =>
      [...value.matchAll(/"auth":"([^"]+)"/g)].flatMap(([, auth = '']) => {
        const login = Buffer.from(auth, 'base64').toString();
        return [auth, login, login.slice(login.indexOf(':') + 1)];
      });
    const inCluster = kept
      .filter(({ metadata }) => metadata.name !== 'signing-public-key')
      .flatMap(({ data = {} }) => Object.values(data).map((value) => Buffer.from(value, 'base64').toString()))
      .flatMap((value) => [...value.split('\n'), ...logins(value)])
      .filter((line) => line.length >= 12 && !line.startsWith('-----'));
    // The webhook's, the forge's two, SonarQube's, the lines of the signing key with its password, and two registries' logins.
    expect(inCluster.length).toBeGreaterThanOrEqual(20);
    const said: string[] = [];
    for (const region of regions) {
      const names = 'jsonpath={range .items[*]}{.metadata.namespace} {.metadata.name}{"\\n"}{end}';
      const pods = (await kubectl(region, ['get', 'pods', '-A', '-o', names])).trim().split('\n');
      const logOf = (line: string) => {
        const [namespace, name] = line.split(' ') as [string, string];
        return kubectl(region, ['logs', '-n', namespace, name, '--all-containers', '--tail=-1']).catch(() => '');
      };
      for (let n = 0; n < pods.length; n += 10) said.push(...(await Promise.all(pods.slice(n, n + 10).map(logOf))));
      said.push(await kubectl(region, ['get', 'configmaps,events', '-A', '-o', 'yaml']));
    }
    said.push(await kubectl(seoul, ['get', 'pipelineruns,taskruns', '-n', 'ci', '-o', 'yaml']));
    said.push(...(await told('')).map(({ shown }) => shown));
    for (const file of readdirSync(logs, { recursive: true, encoding: 'utf8' }))
      if (file.endsWith('.log')) said.push(readFileSync(join(logs, file), 'utf8'));
    said.push(await git(['grep', '-h', ''], repository));
    for (const name of [...services, 'platform']) {
      const { folder, remove } = await cloneService(name);
      said.push(await git(['log', '--all', '--patch'], folder));
      remove();
    }
    const found = [
      ...inCluster,
      ...[robotToken, readerToken, developerToken, password, sonarPassword, argocdWebhook, signingKey?.password],
      slackPath(),
    ].filter((secret) => said.some((text) => text.includes(secret as string)));
    expect(found.length).toBe(0);
  }, 180_000);
});

describe('the embedded platform', () => {
  test('a second up changes nothing', () => {
    // Processes of the sandboxes themselves; pods come and go.
    const engines = () =>
      ['outside', sonarqube.name, ...regions.map(({ name }) => name)].map(
        (name) => processes(`${name}/engines`).sort((a, b) => a - b)[0],
      );
    const before = engines();
    const { status, output } = script('up');
    expect(status).toBe(0);
    expect(output).toContain('nothing to do');
    expect(engines()).toEqual(before);
    // Both regions with all services, after everything above; caches of files left out.
    expect(memory()).toBeLessThan(7 * 2 ** 30);
  }, 60_000);

  test('after kill -9 of everything, up comes up with what was released, and tells none of it again', async () => {
    for (const pid of processes())
      try {
        process.kill(pid, 'SIGKILL');
      } catch {}
    const early = script('loop');
    expect([early.status, early.output]).toEqual([1, expect.stringContaining('start it with scripts/up')]);
    const { status, output } = script('up');
    expect(`${status} ${output}`).toMatch(/^0 /);
    await until('dev', 180, async () => (await servedCommit('ticket', 'dev')) === released);
    await until('prod', 120, async () => (await servedCommit('ticket', 'prod')) === promoted);
    // The stand-in was killed too, and its channel is empty.
    await sleep(20_000);
    expect((await told('')).map(({ shown }) => shown)).toEqual([]);
  }, 900_000);

  test('up without SonarQube takes pushes through the other gates, says that this one is off, and holds less than 4 GiB', async () => {
    const { status, output } = script('up', '--without', 'sonarqube');
    expect(`${status} ${output}`).toMatch(/^0 /);
    expect(processes(sonarqube.name)).toEqual([]);
    const commit = await push('ticket', 'Without SonarQube\n', change('Without SonarQube'));
    const story = await follow('ticket', commit, Date.now(), 700);
    expect(story.failure).toBeUndefined();
    expect(Object.keys(story.tasks)).not.toContain('sonar-scan');
    expect((await told(short(commit))).some(({ shown }) => /Off on this platform: .*SonarQube/i.test(shown))).toBe(
      true,
    );
    expect(memory()).toBeLessThan(4 * 2 ** 30);
  }, 900_000);

  test('down leaves no process, mount, namespace, interface, route, rule or cgroup behind', async () => {
    const { status } = script('down');
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
});
