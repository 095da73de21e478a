import { describe, expect, test } from '@jest/globals';
import { faultsOf } from '../../local/outside/slack/rules.ts';
import type { AlertsChanged, ApplicationChanged, Event, RunResult } from '../event.ts';
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

const words = (text: string, emoji = false) => ({ type: 'plain_text', text, emoji });

describe('alerts', () => {
  const since = new Date('2026-11-23T09:50:00Z');
  const firing = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ about: `pod: booking-${index}`, value: '97 %', since }));
  const page: AlertsChanged = {
    kind: 'alerts',
    result: 'firing',
    alert: 'MemoryHigh',
    severity: 'page',
    region: 'seoul',
    summary: 'A pod has <90 % of its memory',
    limit: '90 %',
    runbook: 'Raise its limit',
    firing: firing(1),
    resolved: [],
    more: 0,
    at,
  };

  test('one that pages: what it is about, since when, and what to do', () => {
    expect(format(page)).toEqual({
      text: '🚨 MemoryHigh · seoul · page – A pod has &lt;90 % of its memory – pod: booking-0: 97 % since 2026-11-23T09:50:00.000Z',
      blocks: [
        { type: 'header', text: words('🚨 MemoryHigh · seoul · page', true) },
        { type: 'section', text: words('A pod has <90 % of its memory') },
        { type: 'section', text: words('pod: booking-0: 97 % since 2026-11-23T09:50:00.000Z') },
        { type: 'section', text: words('To do: Raise its limit') },
        { type: 'context', elements: [words('limit 90 %, 2026-11-23T10:01:32.000Z')] },
      ],
    });
  });

  test('what resolved in a group that still fires, and how many there is no room for', () => {
    const many = { ...page, severity: 'ticket' as const, firing: firing(11), resolved: firing(3), more: 4 };
    const [header, , list] = format(many).blocks;
    expect(header).toEqual({ type: 'header', text: words('⚠️ MemoryHigh · seoul · ticket', true) });
    const { text } = (list as { text: { text: string } }).text;
    expect(text.split('\n').slice(11)).toEqual(['pod: booking-0: resolved', 'and 6 more']);
    const { blocks } = format({ ...many, firing: firing(12), resolved: [], more: 0 });
    expect(JSON.stringify(blocks)).not.toContain('more"');
  });

  test('one that is over says so, and asks for nothing', () => {
    const over = { ...page, result: 'resolved' as const, region: '', firing: [], resolved: firing(1) };
    const { text, blocks } = format(over);
    expect(text).toMatch(/^💚 MemoryHigh · resolved – /);
    expect(blocks).toHaveLength(4);
    expect(JSON.stringify(blocks)).not.toContain('To do');
    expect(format({ ...page, runbook: '' }).blocks).toHaveLength(4);
  });
});

test('many runs in one message: how many of each service ended how, and when', () => {
  const [from, to] = [new Date('2026-11-20T00:00:00Z'), at];
  const when = 'ended between 2026-11-20T00:00:00.000Z and 2026-11-23T10:01:32.000Z, reported together';
  const message = format({
    kind: 'backlog',
    counts: [
      ['booking', 'failed', 3],
      ['ticket', 'released', 20],
    ],
    from,
    to,
  });
  expect(message).toEqual({
    text: `🗂️ 23 earlier pipeline runs ${when}`,
    blocks: [
      { type: 'header', text: words('🗂️ 23 earlier pipeline runs', true) },
      { type: 'section', text: words('booking: 3 failed\nticket: 20 released') },
      { type: 'context', elements: [words(when)] },
    ],
  });
});

const application: ApplicationChanged = {
  kind: 'application',
  result: 'degraded',
  service: 'ticket',
  environment: 'prod',
  reason: 'first\nsecond',
  at,
  subject: 'argocd/ticket-prod',
  links: [],
};

test('an Application: its state, and why in lines', () => {
  expect(format(application)).toEqual({
    text: '⚠️ ticket · prod · degraded',
    blocks: [
      { type: 'header', text: words('⚠️ ticket · prod · degraded', true) },
      {
        type: 'section',
        fields: ['Service\nticket', 'Environment\nprod', 'Result\ndegraded', 'Duration\n–'].map((text) => words(text)),
      },
      { type: 'section', text: words('first\nsecond') },
      { type: 'context', elements: [words('Application argocd/ticket-prod')] },
    ],
  });
});

test.each([
  [{ ...application, result: 'deployed' }, '🚀 ticket · prod · live'],
  [{ ...application, result: 'sync failed' }, '❌ ticket · prod · sync failed'],
  [{ ...application, result: 'stuck' }, '⏳ ticket · prod · stuck'],
  [{ ...application, result: 'recovered' }, '💚 ticket · prod · recovered'],
  ...(
    [
      ['released', '✅'],
      ['unchanged', '✅'],
      ['succeeded', '✅'],
      ['superseded', '⏭️'],
      ['timed out', '⌛'],
      ['cancelled', '🚫'],
      ['rejected', '❌'],
    ] as [RunResult, string][]
  ).map(
    ([result, icon]) =>
      [
        { ...application, kind: 'run', result, environment: 'dev' },
        `${icon} ticket · dev · pipeline ${result}`,
      ] as const,
  ),
] as [Event, string][])('%j: how it went can be seen from the first line', (event, title) => {
  const { text, blocks } = format(event);
  expect([text, blocks[0]]).toEqual([title, { type: 'header', text: words(title, true) }]);
});

test('a run that failed before any task: the reason alone', () => {
  const failure = { reason: 'PipelineValidationFailed', message: '' };
  const { text, blocks } = format({ ...application, kind: 'run', result: 'rejected', failure });
  expect(text).toBe('❌ ticket · prod · pipeline rejected – Failed: PipelineValidationFailed');
  expect(blocks).toHaveLength(4);
});

test('hostile text ends no link and calls nobody, and stays short however it is escaped', () => {
  const commit = { sha: '0'.repeat(40), subject: '<!channel>'.repeat(30), author: '<@U1>'.repeat(30) };
  const links = [
    { label: 'Argo|CD>', url: 'https://argocd.example/a|b>c' },
    { label: 'commit', url: 'https://forge.example/c' },
  ];
  const message = format({ ...application, commit, links });
  expect(message.text).not.toMatch(/[<>]/);
  expect(message.text.length).toBeLessThanOrEqual(600);
  expect(JSON.stringify(message.blocks)).toContain('"<https://argocd.example/a%7Cb&gt;c|Argo|CD&gt;>"');
  expect(JSON.stringify(message.blocks)).toContain('"Commit\\n<https://forge.example/c|00000000>"');
  expect(JSON.stringify(format({ ...application, commit }).blocks)).toContain('"Commit\\n00000000"');
});
