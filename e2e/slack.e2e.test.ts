/** Runs do not depend on Slack or on each other: two pushes in a row while Slack is down, the second with hostile text. */
import { existsSync } from 'node:fs';
import { beforeAll, expect, test } from '@jest/globals';
import { type PipelineRun, resultOf, succeeded } from '../lib/kube/objects.ts';
import { servedCommit, slackMessages } from '../local/loop.ts';
import { sleep } from '../local/machine/process.ts';
import { kubectl } from '../local/region/region.ts';
import { seoul } from '../local/topology.ts';
import { ended, runsOf, started } from './cluster.ts';
import { redeliverPushes } from './deliveries.ts';
import { push } from './forge.ts';
import { bringUp, serves, upMs } from './platform.ts';
import { messages, messagesOf, setSlackMode } from './slack.ts';

const subject = `<!channel> "'; id # $(touch /tmp/executed-by-a-push) \`id\` \\ $(params.url) 한국어 & <http://evil|x>`;
const hostile = `${subject}\n\n${'가나다 "quoted"\n'.repeat(50_000)}`;

let commits: { first: string; second: string };
let runs: { first: PipelineRun; second: PipelineRun };
/** Messages of both commits while Slack was down. */
let early: string[];

beforeAll(async () => {
  await bringUp();
  await setSlackMode('down');
  try {
    const first = await push('ticket', 'First of two\n');
    await started(first);
    const second = await push('ticket', hostile);
    // Its webhook has more than the ingress takes.
    await redeliverPushes();
    commits = { first, second };
    const [firstRun, secondRun] = await Promise.all([ended(first), ended(second)]);
    runs = { first: firstRun, second: secondRun };
    if (succeeded(secondRun)?.status === 'True') await serves('ticket', 'dev', second);
    // As long as the notifier takes to notify of what happened.
    await sleep(3000);
    early = [...(await messagesOf(first)), ...(await messagesOf(second))].map(({ shown }) => shown);
  } finally {
    await setSlackMode('ok');
  }
}, upMs + 600_000);

test('G6: two pushes in a row end with the newer one, whichever run is faster', async () => {
  expect(['released', 'superseded']).toContain(resultOf(runs.first, 'outcome'));
  expect(resultOf(runs.second, 'outcome')).toBe('released');
  expect(await servedCommit('ticket', 'dev')).toBe(commits.second);
});

test('G16: with Slack down the release goes on, and Slack is notified when it is back', async () => {
  expect(succeeded(runs.second)?.status).toBe('True');
  expect(early).toEqual([]);
  await messages(commits.second, 2, 200);
  await sleep(3000);
  expect(await messagesOf(commits.second)).toHaveLength(2);
}, 240_000);

test('hostile text in a commit stays text, and a message of 1 MB breaks nothing', async () => {
  const received = await messages(commits.second, 2, 200);
  for (const { shown } of received) {
    expect(shown).toContain('한국어');
    expect(shown).not.toContain('MENTION');
  }
  const [run] = await runsOf(commits.second);
  expect(run?.metadata.annotations?.['tickets.example/subject']).toContain('(touch /tmp/executed-by-a-push)');
  expect(existsSync('/tmp/executed-by-a-push')).toBe(false);
}, 240_000);

test('a notifier that restarts repeats nothing', async () => {
  // What was still to be sent of the first push has been sent.
  await messages(commits.first, 1, 200);
  await sleep(3000);
  const before = (await slackMessages()).length;
  await kubectl(seoul, ['rollout', 'restart', 'deployment/notifier', '-n', 'notifier']);
  await kubectl(seoul, ['rollout', 'status', 'deployment/notifier', '-n', 'notifier', '--timeout=120s']);
  // Long enough for it to have listed everything there is.
  await sleep(5000);
  expect((await slackMessages()).length).toBe(before);
}, 400_000);
