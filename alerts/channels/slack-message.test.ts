import { expect, test } from '@jest/globals';
import { faultsOf } from '../../local/outside/slack/rules.ts';
import type { Event } from '../event.ts';
import { format } from './slack-message.ts';

const at = new Date('2026-11-23T10:01:32Z');
const forge = 'http://localhost:3000/tickets/ticket/commit/0123456789abcdef0123456789abcdef01234567';

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
