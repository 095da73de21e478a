import { expect, test } from '@jest/globals';
import { faultsOf } from '../../local/outside/slack/rules.ts';
import { random } from '../../notifier/testing/random.ts';
import type { Event, RunResult } from '../event.ts';
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
  switch (next(3)) {
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

test('for any input Slack takes the message, and nothing in it is interpreted', () => {
  for (let seed = 1; seed <= 1000; seed += 1) {
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
    expect({ seed, problems }).toEqual({ seed, problems: [] });
  }
});

test('of a megabyte only the beginning is looked at', () => {
  // Segmenting a megabyte whole takes seconds for each field.
  const parts = [
    '한'.repeat(1_000_000),
    '\u0301'.repeat(1_000_000),
    '<!channel>'.repeat(100_000),
    '👨‍👩‍👧‍👦'.repeat(90_000),
  ];
  const failed = (text: string): Event => {
    const commit = { sha: '0'.repeat(40), subject: text, author: text };
    const failure = { task: text, reason: text, message: text };
    return {
      kind: 'run',
      result: 'failed',
      service: text,
      environment: text,
      at,
      subject: text,
      links: [],
      commit,
      failure,
      note: text,
    };
  };
  for (const part of parts) {
    const message = format(failed(part));
    expect(faultsOf(message)).toBeUndefined();
    expect(format(failed(`${part.slice(0, 6000)}something else`))).toEqual(message);
  }
});

test('the message of a failed run, as a channel shows it', () => {
  const message = format({
    kind: 'run',
    result: 'failed',
    service: 'ticket',
    environment: 'dev',
    commit: { sha: '0123456789abcdef0123456789abcdef01234567', subject: '좌석 <두 개> & 더', author: '홍길동' },
    failure: {
      task: 'unit-test',
      step: 'test',
      exitCode: 2,
      reason: 'StepFailed',
      message: '"step-test" exited with code 2: Error',
    },
    note: 'Off on this platform: quality gate (SonarQube).',
    duration: 92,
    at,
    subject: 'ci/ticket-main-0123456789ab',
    links: [{ label: 'commit', url: forge }],
  });
  const plain = (text: string, emoji = false) => ({ type: 'plain_text', text, emoji });
  const markdown = (text: string) => ({ type: 'mrkdwn', text, verbatim: true });
  expect(message).toEqual({
    text: '❌ ticket · dev · pipeline failed – “좌석 &lt;두 개&gt; &amp; 더” – 홍길동 – Failed: task unit-test, step test, exit code 2, StepFailed',
    blocks: [
      { type: 'header', text: plain('❌ ticket · dev · pipeline failed', true) },
      {
        type: 'section',
        fields: [
          plain('Service\nticket'),
          plain('Environment\ndev'),
          plain('Result\nfailed'),
          plain('Duration\n1m 32s'),
          markdown(`Commit\n<${forge}|01234567>`),
          plain('Author\n홍길동'),
        ],
      },
      { type: 'section', text: plain('좌석 <두 개> & 더') },
      { type: 'section', text: plain('Failed: task unit-test, step test, exit code 2, StepFailed') },
      {
        type: 'section',
        text: plain('"step-test" exited with code 2: Error'),
      },
      { type: 'section', text: plain('Off on this platform: quality gate (SonarQube).') },
      { type: 'context', elements: [plain('PipelineRun ci/ticket-main-0123456789ab'), markdown(`<${forge}|commit>`)] },
    ],
  });
});
