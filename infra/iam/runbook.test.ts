import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { classify, factsOf } from '../../dr/classify.ts';
import { admission } from '../../dr/dr-failover-lock/lock.ts';
import { readInput } from '../../dr/input.ts';
import type { LockItem } from '../../dr/ports.ts';
import type { Run } from '../../dr/types.ts';
import { failoverNodes, landings } from '../../overlays/landing.ts';
import { acceleratorRegion, people } from '../../overlays/names.ts';
import { readStacks } from '../rules/stacks.ts';
import { blocksOf, type Command, callsOf, commandsOf, misfits } from './commands.testing.ts';
import { decide, type Request } from './evaluate.ts';
import { journey, lockAfter } from './journey.testing.ts';
import { rolesOf } from './roles.ts';
import { tokyo } from './truth/kit.ts';
import { inline } from './truth/people.ts';
import { answers, asked } from './truth/runbook.ts';

const root = join(dirname(import.meta.dirname), '..');
const pages = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'));
const read = (page: string): string => readFileSync(join(root, 'docs', page), 'utf8');
const roles = new Map(rolesOf(readStacks(root)).map((role) => [role.name, role]));
/** What pages that link it have their reader paste first. */
const prelude = blocksOf(read('failover.md')).find(({ section }) => section === 'The commands')?.code ?? '';
const preludeOf = (text: string): string => (/\((?:failover\.md)?#the-commands\)/.test(text) ? prelude : '');
const commands = pages.flatMap((page) => commandsOf(page, read(page), answers, preludeOf(read(page))));

const one =
  ({ flags }: Command) =>
  (flag: string): string =>
    flags.get(flag)?.[0] ?? '';
const requests = (command: Command): Request[] =>
  asked[command.name]?.({ region: command.region ?? '', flag: one(command) }) ?? [];
const may = (name: string, request: Request): boolean => {
  const role = roles.get(name);
  return role !== undefined && decide(role.policies, role.boundary, request) === 'allowed';
};
const named = (name: string): Command[] => commands.filter((command) => command.name === name);

describe('a person on AWS', () => {
  test('pastes commands that AWS has, with parameters that it has, each with its region', () => {
    expect(new Set(commands.map(({ page }) => page))).toEqual(new Set(['failback.md', 'failover.md', 'stores.md']));
    expect(commands.flatMap((command) => misfits(root, command).map((text) => `${command.page}: ${text}`))).toEqual([]);
    expect([...new Set(commands.map(({ name }) => name))].sort()).toEqual(Object.keys(asked).sort());
    for (const { name, region } of commands)
      expect([name, region === acceleratorRegion]).toEqual([name, name.startsWith('globalaccelerator ')]);
  });

  test('may do with the role that a page names what the page says', () => {
    const allowed = new Set<string>(Object.values(people));
    for (const command of commands) {
      expect([command.page, command.block, allowed.has(command.role)]).toEqual([command.page, command.block, true]);
      for (const request of requests(command))
        expect([command.page, command.role, request, may(command.role, request)]).toEqual([
          ...[command.page, command.role, request, true],
        ]);
    }
  });

  test('becomes a platform engineer where on call may not do it, and nowhere else', () => {
    const blockOf = ({ page, block }: Command) => `${page} ${block}`;
    for (const block of new Set(commands.map(blockOf))) {
      const own = commands.filter((command) => blockOf(command) === block);
      const byOncall = own.flatMap(requests).every((request) => may(people.oncall, request));
      expect([block, byOncall]).toEqual([block, own[0]?.role === people.oncall]);
    }
  });

  test('finds commands that are not of that kind in the table of on call', () => {
    const found = pages.flatMap((page) =>
      [...read(page).matchAll(/`aws ([a-z0-9-]+ [a-z0-9-]+)/g)].map(([, name]) => name),
    );
    expect([...new Set(found)].sort()).toEqual(Object.keys(inline).sort());
  });
});

/** What the numbered steps of a section call; the way back is the page's first. */
const calls = (page: string, section: string, leftOut: number[] = []) => {
  const blocks = blocksOf(read(page)).filter((block) => block.section === section && !leftOut.includes(block.step));
  expect(blocks.length).toBeGreaterThan(3);
  return callsOf(blocks, answers, prelude);
};

describe('what a person pastes', () => {
  test('the machine takes as an event of now', () => {
    const starts = named('stepfunctions start-execution').map((start) => JSON.parse(one(start)('input')));
    expect(starts.map(({ mode }) => mode).sort()).toEqual(['dry-run', 'live', 'rehearsal']);
    for (const start of starts) {
      const settings: Record<string, string> = {
        DR_ACCOUNT: tokyo.aws.account,
        DR_MODES: start.mode === 'rehearsal' ? 'rehearsal,dry-run' : 'live,dry-run',
        DR_LIVE: 'armed',
      };
      expect(readInput(start, (name) => settings[name] ?? '', new Date()).faults).toEqual([]);
    }
  });

  test('shows of each metric when its value was', () => {
    const queries = named('cloudwatch get-metric-data').map((command) => one(command)('query'));
    expect(new Set(queries)).toEqual(new Set(['MetricDataResults[].[Label, Timestamps[0], Values[0]]']));
  });

  test('writes a later epoch than any that the fence or the lock knows, and none if it cannot read both', () => {
    const written = named('secretsmanager put-secret-value').map((put) => JSON.parse(one(put)('secret-string')));
    // Pages in the order of their names.
    expect(written).toEqual(['tokyo', 'seoul', 'seoul', 'tokyo'].map((writer) => ({ epoch: 11, writer })));
    for (const silent of ['secretsmanager get-secret-value', 'dynamodb get-item'])
      for (const code of ['fence tokyo', 'lock idle no'])
        expect(() => callsOf([{ code }], { ...answers, [silent]: '' }, prelude)).toThrow();
    const first = callsOf([{ code: 'fence tokyo' }], { ...answers, 'dynamodb get-item': 'None' }, prelude);
    expect(first.at(-1)?.words).toContain('{"epoch":7,"writer":"tokyo"}');
  });

  test("makes Tokyo's nodes as many as a failover wants, and as Terraform does", () => {
    const { min, desired, max } = landings.tokyo.nodes;
    expect(named('eks update-nodegroup-config').map((nodes) => [nodes.page, one(nodes)('scaling-config')])).toEqual([
      ['failback.md', `minSize=${min},desiredSize=${desired},maxSize=${max}`],
      ['failover.md', `minSize=${min},desiredSize=${failoverNodes},maxSize=${max}`],
    ]);
  });

  test('waits for pods that run, and not for those of migrations that are done', () => {
    const waits = calls('failback.md', '# Failback').filter(({ words }) => words.includes('--for=delete'));
    expect(waits.map(({ words }) => words.find((word) => word.startsWith('--field-selector')))).toEqual(
      waits.map(() => '--field-selector=status.phase!=Succeeded,status.phase!=Failed'),
    );
    expect(waits).toHaveLength(2);
  });
});

describe('customers are in one region', () => {
  const failback = read('failback.md');
  const [, left = ''] = failback.match(/After `svc-failure` .* leave out the steps (.*), and the nodes/) ?? [];
  const moved = { seoul: { weight: 0, runs: true }, tokyo: { weight: 128, runs: true } };
  const variants: [string, Parameters<typeof journey>[1], number[]][] = [
    ['svc-failure', moved, left.split(' and ').map(Number)],
    ['any other failure', { ...moved, seoul: { weight: 0, runs: false } }, []],
  ];
  const home = { seoul: { weight: 128, runs: true }, tokyo: { weight: 0, runs: true } };

  test.each(variants)('in a failback after %s', (_, start, leftOut) => {
    expect(journey(calls('failback.md', '# Failback', leftOut), start)).toEqual(home);
  });

  test.each([
    [2, 'pods of seoul run with weight 0'],
    [3, 'both regions'],
    [7, 'both regions'],
  ])('in a failback after svc-failure, but not without step %d', (step, what) => {
    expect(() => journey(calls('failback.md', '# Failback', [1, 5, step]), moved)).toThrow(what);
  });

  test('in a failover by hand', () => {
    const start = { seoul: { weight: 128, runs: false }, tokyo: { weight: 0, runs: true } };
    expect(journey(calls('failover.md', 'By hand'), start)).toEqual({ ...moved, seoul: { weight: 0, runs: false } });
  });
});

describe('what a person writes into the lock', () => {
  const now = new Date();
  const event = { id: 'new', time: now.toISOString(), account: tokyo.aws.account, source: 'dr.operator' };
  const settings: Record<string, string> = { DR_ACCOUNT: tokyo.aws.account, DR_MODES: 'live', DR_LIVE: 'armed' };
  const { request } = readInput({ mode: 'live', event }, (name) => settings[name] ?? '', now);
  const failed: LockItem = {
    ...{ version: 7, state: 'failed', epoch: 10, owner: 'an execution', event: 'old', since: now.toISOString() },
    ...{ decided: 'region-failure', decidedAt: now.toISOString(), moved: 'no' },
  };
  const lock = (code: string, before?: LockItem) => lockAfter(callsOf([{ code }], answers, prelude), before);
  const next = (item: LockItem) => admission(request as NonNullable<typeof request>, item, false, 'next', now);

  test('after a failover by hand keeps every event out, also if there was no lock before', () => {
    for (const before of [undefined, failed]) {
      const item = lockAfter(calls('failover.md', 'By hand'), before);
      expect(Object.keys(item).sort()).toEqual(Object.keys(failed).sort());
      expect(next(item).outcome.result).toBe('already-failed-over');
    }
  });

  test('after a failback lets the next failover begin anew, under a later number', () => {
    const item = lockAfter(calls('failback.md', '# Failback'), { ...failed, state: 'failed-over' });
    expect(item).toMatchObject({ version: 8, owner: 'an execution', event: 'old' });
    expect(next(item)).toMatchObject({
      outcome: { result: 'admitted' },
      run: { epoch: 11, decided: '', moved: 'no', since: event.time },
    });
  });

  test('where Seoul goes on after a failed promotion, too, in one block with the fence', () => {
    const blocks = blocksOf(read('failover.md')).filter(({ section }) => section === 'What a person does');
    const codes = blocks.flatMap(({ code }) => (code.includes('fence seoul') ? [code] : []));
    expect(codes).toHaveLength(1);
    expect(next(lock(codes[0] as string, failed)).run).toMatchObject({ epoch: 11, decided: '', moved: 'no' });
  });

  test('where the traffic alone has moved, so that the alarm of stopped services moves nothing more', () => {
    const { run } = next(lock('lock idle yes', failed));
    const seen = { writer: 'ok', app: 'fail', region: 'ok', seen: [] } as const;
    const verdict = (more: object) =>
      classify(
        factsOf({ ...run, ...more } as Run, { ...seen, seen: [] }, { database: 'ok', app: 'ok', role: 'reader' }),
      );
    expect([verdict({}), verdict({ moved: 'no' })]).toEqual(['already', 'svc-failure']);
  });
});
