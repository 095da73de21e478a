import { expect, test } from '@jest/globals';
import { fuzz, fuzzMs } from '../../lib/fuzz.testing.ts';
import { faultsOf } from '../../local/outside/slack/rules.ts';
import { random } from '../../notifier/testing/random.ts';
import type { Event, FailoverResult, RunResult } from '../event.ts';
import { type Block, format, type SlackMessage } from './slack-message.ts';

const RESULTS: RunResult[] = [
  'released',
  'unchanged',
  'superseded',
  'succeeded',
  'failed',
  'timed out',
  'cancelled',
  'rejected',
];
const at = new Date('2026-11-23T10:01:32Z');
const forge = 'http://localhost:3000/tickets/ticket/commit/0123456789abcdef0123456789abcdef01234567';

function hostile(seed: number): Event {
  const { next, pick, text } = random(seed);
  const size = pick([3, 60, 2000]);
  const commit = { sha: '0123456789abcdef0123456789abcdef01234567', subject: text(size), author: text(size) };
  const links = [{ label: 'commit', url: forge }];
  const common = {
    service: text(size),
    environment: text(size),
    at,
    subject: text(size),
    links,
    ...(next(4) ? { commit } : {}),
  };
  switch (next(6)) {
    case 0: {
      const failure = {
        task: text(size),
        step: text(size),
        exitCode: next(256),
        reason: text(size),
        message: text(size),
      };
      return {
        kind: 'run',
        result: pick(RESULTS),
        ...common,
        ...(next(2) ? { failure } : {}),
        duration: next(100_000),
      };
    }
    case 1:
      return {
        kind: 'application',
        result: pick(['deployed', 'sync failed', 'degraded', 'stuck', 'recovered']),
        ...common,
        reason: text(size),
      };
    case 2: {
      const results: FailoverResult[] = ['begun', 'promoted', 'failed over', 'refused', 'failed', 'not ready'];
      return {
        kind: 'failover',
        result: pick(results),
        mode: text(size),
        branch: text(size),
        incident: text(size),
        seconds: next(100_000),
        lag: next(2) ? next(1000) : null,
        details: Array.from({ length: next(80) }, () => text(size)),
        ...(next(2) ? { todo: text(size) } : {}),
        at,
        subject: text(size),
      };
    }
    case 3:
      return {
        kind: 'firewall',
        firewall: text(size),
        from: at,
        to: at,
        actions: Array.from({ length: next(6) }, () => [text(size), next(1_000_000)]),
        groups: Array.from({ length: next(80) }, () => ({
          ...{ action: text(size), rule: text(size), country: text(size), block: text(size) },
          count: next(1_000_000),
        })),
        others: next(1000),
        paths: Array.from({ length: next(9) }, () => [text(size), next(1_000_000)]),
        notes: Array.from({ length: next(9) }, () => text(size)),
        subject: text(size),
      };
    case 4:
      return {
        kind: 'firewall alarm',
        result: pick(['raised', 'over']),
        ...{ firewall: text(size), reason: text(size), at, subject: text(size) },
      };
    default: {
      const counts = Array.from({ length: next(200) }, (): [string, RunResult, number] => [
        text(size),
        pick(RESULTS),
        next(1000),
      ]);
      return { kind: 'backlog', counts, from: at, to: at };
    }
  }
}

const texts = (block: Block) => ('text' in block ? [block.text] : 'fields' in block ? block.fields : block.elements);

/** What Slack would interpret: the links of ours, which are taken out first, leave no bracket and no bare ampersand. */
function interpreted(message: SlackMessage): string {
  const markdown = message.blocks.flatMap(texts).filter(({ type }) => type === 'mrkdwn');
  return [message.text, ...markdown.map(({ text }) => text.replaceAll(/<https?:\/\/[^<>|]+\|[^<>|]+>/g, ''))]
    .join('\n')
    .replaceAll(/&(amp|lt|gt);/g, '');
}

test(
  'G19: for any input Slack takes the message, and nothing in it is interpreted',
  async () => {
    const { passed } = await fuzz(
      19,
      ({ below }) => 1 + below(2 ** 31),
      (seed) => {
        const message = format(hostile(seed));
        const fault = faultsOf(JSON.parse(JSON.stringify(message)));
        const all = JSON.stringify(message);
        const problems = [
          fault?.why,
          /[<>&]/.test(interpreted(message)) && 'interpreted text',
          !message.text.trim() && 'no fallback text',
          message.text.length > 700 && 'long fallback text',
          all.length > 13_000 && 'long message',
          /[\p{Cs}\u202e]|[^\P{Cc}\n]/u.test(
            message.text +
              message.blocks
                .flatMap(texts)
                .map(({ text }) => text)
                .join(''),
          ) && 'control character, lone surrogate or override',
          message.blocks[0]?.type !== 'header' && 'no header first',
        ].filter(Boolean);
        expect(problems).toEqual([]);
        return true;
      },
    );
    expect(passed).toBeGreaterThan(100);
  },
  fuzzMs,
);
