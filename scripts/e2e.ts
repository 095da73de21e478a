import { spawnSync } from 'node:child_process';
import { core, type Story, stories } from '../e2e/stories.ts';
import { UserError } from '../lib/errors.ts';
import { command, usageError } from '../local/command.ts';
import { alone } from '../local/machine/lock.ts';
import { repository } from '../local/topology.ts';
import { readRecord } from './guarantees.ts';
import { estimate, speedOf } from './plan.ts';
import { conclude, newProof, untilSignal } from './proof.ts';
import { platformUp, type Ran, runStory, storyLock, writeDown } from './stories.ts';

const names = stories.map(({ name }) => name);
const minutes = (seconds: number) => `${Math.max(1, Math.round(seconds / 60))} min`;
const width = Math.max(...names.map((name) => name.length));

await command(
  `
sudo scripts/e2e [--record] [STORY …]: runs stories against the real engines, all if none is named; brings the platform up if it is not, and leaves it up;
stories that need engines alone run beside the others, at a low priority

${stories.map(({ name, about }) => `  ${name.padEnd(width)}  ${about}`).join('\n')}

  --list     list the stories with the recorded duration and outcome of each, and run none
  --record   write the outcomes to e2e/record.json and docs/guarantees.md; needs a checkout without changes

exit status: 0 all passed, 1 something failed, 2 wrong arguments
`,
  ['--list', '--record', ...names],
  async (given) => {
    const record = readRecord(repository);
    if (given.has('--list')) {
      if (given.size > 1) throw usageError(given, '--list alone');
      for (const { name, about } of stories) {
        const last = record.stories[name];
        const how = last
          ? `${last.status} in ${minutes(last.seconds)}, ${last.date} (${last.commit})`
          : 'not recorded yet';
        console.log(`${name.padEnd(width)}  ${how.padEnd(40)}  ${about}`);
      }
      return;
    }
    if (process.getuid?.() !== 0)
      throw new UserError('root: given none, needed to start the platform; run sudo scripts/e2e');
    const recording = given.has('--record');
    const { status, stdout, stderr } = spawnSync('git', ['status', '--porcelain'], {
      cwd: repository,
      encoding: 'utf8',
    });
    if (recording && status !== 0) throw new UserError(`--record: git status: ${stderr.trim()}`);
    if (recording && stdout !== '')
      throw new UserError(
        `--record: there are uncommitted changes:\n${stdout}commit them, so that the record names the commit that ran`,
      );
    const asked = stories.filter(({ name }) => given.has(name));
    const chosen = asked.length > 0 ? asked : stories;
    await alone(async () => {
      const stop = untilSignal();
      const proof = newProof(stop);
      const ran: Ran[] = [];
      const end = (story: Ran) => {
        ran.push(story);
        // Ended by a signal, it says nothing.
        if (stop.aborted) return;
        // After each: a run that is cut off has recorded what it did.
        if (recording) writeDown([story]);
      };
      const seconds = (stories: readonly Story[]) => {
        const speed = speedOf(
          ran.filter(({ beside }) => !beside),
          record,
        );
        return stories.reduce((all, { name }) => all + estimate(name, record, speed), 0);
      };
      const runAll = async (stories: readonly Story[], beside: boolean) => {
        for (const [index, story] of stories.entries()) {
          if (stop.aborted) break;
          const left = minutes(seconds(stories.slice(index)));
          const which = `${index + 1} of ${stories.length}${beside ? ' that need no platform' : ''}`;
          console.log(`\n== ${which}, about ${left} left: ${story.name}, ${story.about}`);
          end(await runStory(proof, story, { beside }));
        }
      };
      const onPlatform = chosen.filter(({ apart }) => !apart);
      const without = chosen.filter(({ apart }) => apart);
      // It builds the engines, which all stories need.
      if (!(await platformUp(proof))) proof.failed.push('up');
      else await Promise.all([runAll(onPlatform, false), runAll(without, onPlatform.length > 0)]);
      console.log('');
      for (const { name, seconds, ok } of ran)
        console.log(`${name.padEnd(width)}  ${ok ? 'passed' : 'FAILED'} in ${seconds} s`);
      conclude(proof);
    }, storyLock);
  },
  `one story alone: scripts/e2e ${core}`,
);
