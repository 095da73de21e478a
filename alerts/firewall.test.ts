import { expect, test } from '@jest/globals';
import { format } from './channels/slack-message.ts';
import type { FirewallReport } from './event.ts';

const report: FirewallReport = {
  kind: 'firewall',
  firewall: 'tickets',
  from: new Date('2026-11-30T14:05:00Z'),
  to: new Date('2026-11-30T14:10:00Z'),
  actions: [
    ['BLOCK', 1204],
    ['COUNT', 33],
  ],
  groups: Array.from({ length: 12 }, (_, at) => ({
    ...{ action: at === 1 ? 'COUNT' : 'BLOCK', rule: 'SQLi_BODY', country: 'KR', block: `203.0.${at}.0/24` },
    count: 1000 - at,
  })),
  others: 5,
  paths: [['/booking/shows/*', 900]],
  notes: ['these records came late'],
  subject: 'aws-waf-logs-tickets-111122223333/AWSLogs/',
};
const texts = (blocks: object[]) => JSON.stringify(blocks);

test('a report in Slack: what was done, by whom, what was asked for, what is missing, and where to look', () => {
  const { text, blocks } = format(report);
  const plain = (words: string, emoji = false) => ({ type: 'plain_text', text: words, emoji });
  expect(text).toBe(
    '🛡️ firewall tickets · 1,204 blocked, 33 counted, not blocked – 1,000 × SQLi_BODY blocked · KR · 203.0.0.0/24',
  );
  expect(blocks[0]).toEqual({
    type: 'header',
    text: plain('🛡️ firewall tickets · 1,204 blocked, 33 counted, not blocked', true),
  });
  expect(texts(blocks)).toContain('999 × SQLi_BODY counted, not blocked · KR · 203.0.1.0/24');
  // Ten groups are shown, two are not.
  expect(texts(blocks)).toContain('1,984 more, by other rules or from elsewhere');
  expect(blocks.slice(2)).toEqual([
    { type: 'section', text: plain('Most asked for:\n900 × /booking/shows/*') },
    { type: 'section', text: plain('Not complete: these records came late') },
    {
      type: 'context',
      elements: [plain('2026-11-30 14:05 to 14:10 UTC'), plain(`Records ${report.subject}`)],
    },
  ]);
});

test('an alarm in Slack', () => {
  const at = new Date('2026-11-30T14:06:00Z');
  const alarm = {
    kind: 'firewall alarm',
    firewall: 'tickets',
    reason: '812 > 300',
    at,
    subject: 'waf-blocked',
  } as const;
  expect(format({ ...alarm, result: 'raised' }).text).toBe('🚨 firewall tickets · blocks more than usual');
  expect(format({ ...alarm, result: 'over' }).text).toBe('💚 firewall tickets · blocks as usual again');
  expect(texts(format({ ...alarm, result: 'raised' }).blocks)).toContain('812 > 300');
});
