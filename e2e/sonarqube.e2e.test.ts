/** Without an answer of SonarQube nothing is released; a platform that is brought up without it says so with every run. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { resultOf, taskName } from '../lib/kube/objects.ts';
import { servedCommit } from '../local/loop.ts';
import { namespace } from '../local/machine/network.ts';
import { run, until } from '../local/machine/process.ts';
import { taskRuns } from '../local/region/cluster.ts';
import { kubectl } from '../local/region/region.ts';
import { memory, processes, stop } from '../local/sandbox/sandbox.ts';
import { seoul, sonarqube } from '../local/topology.ts';
import { started, stoppedAt } from './cluster.ts';
import { push } from './forge.ts';
import { bringUp, release, released, script, upMs } from './platform.ts';
import { failureMessage, messagesOf } from './slack.ts';

beforeAll(bringUp, upMs);
afterAll(bringUp, upMs);

test('G21: SonarQube killed during an analysis: nothing is released, and Slack is notified why', async () => {
  const { commit: good } = await released('ticket');
  const commit = await push('ticket', 'Without a judge\n');
  const { name } = (await started(commit)).metadata;
  // The log of the analysis is printed when that has ended.
  const log = ['exec', '-n', 'ci', `${name}-sonar-scan-pod`, '-c', 'step-scan', '--', 'cat', '/scan/log'];
  await until('an analysis', 300, async () => (await kubectl(seoul, log)).includes('Run sensors'));
  await stop(sonarqube.name);
  expect(await stoppedAt(commit)).toEqual(['sonar-scan']);
  expect(await failureMessage(commit)).toContain('not judged');
  expect(await servedCommit('ticket', 'dev')).toBe(good);
}, 600_000);

test('up without SonarQube takes pushes through the other gates, says that this one is off, and holds less than 5 GiB', async () => {
  const { status, output } = await script('up', '--without', 'sonarqube');
  expect(`${status} ${output}`).toMatch(/^0 /);
  expect(processes(sonarqube.name)).toEqual([]);
  const { commit, run } = await release('ticket', 'Without SonarQube\n');
  expect((await taskRuns(run.metadata.name)).map(taskName)).not.toContain('sonar-scan');
  const notified = (await messagesOf(commit)).map(({ shown }) => shown).join('\n');
  expect(notified).toMatch(/Off on this platform: .*SonarQube/i);
  // With the 2.4 GB of SonarQube it is what doctor asks for.
  expect(memory()).toBeLessThan(6.5 * 2 ** 30);
}, 600_000);

test('up brings SonarQube back, out of reach of regions until it is settled, and what is pushed then is judged', async () => {
  const answers = (...from: string[]) =>
    run('nsenter', [
      ...from,
      'curl',
      '--silent',
      '--max-time',
      '1',
      `http://${sonarqube.address}:${sonarqube.port}/`,
    ]).then(
      () => true,
      () => false,
    );
  const region = `--net=/run/netns/${namespace(seoul)}`;
  const coming = script('up');
  await until('SonarQube for this machine', 240, () => answers(), 200);
  expect(await answers(region)).toBe(false);
  const { status, output } = await coming;
  expect(`${status} ${output}`).toMatch(/^0 /);
  expect(await answers(region)).toBe(true);
  const { run: judged } = await release('ticket', 'With SonarQube again\n');
  expect(resultOf(judged, 'quality')).toMatch(/^quality gate passed/);
}, 600_000);
