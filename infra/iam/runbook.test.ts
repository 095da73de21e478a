import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { readInput } from '../../dr/input.ts';
import { landings } from '../../overlays/landing.ts';
import { acceleratorRegion, people } from '../../overlays/names.ts';
import { readStacks } from '../rules/stacks.ts';
import { type Command, commandsOf, misfits } from './commands.testing.ts';
import { decide, type Request } from './evaluate.ts';
import { rolesOf } from './roles.ts';
import { seoul, tokyo } from './truth/kit.ts';
import { inline } from './truth/people.ts';
import { answers, asked } from './truth/runbook.ts';

const root = join(dirname(import.meta.dirname), '..');
const pages = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'));
const read = (page: string): string => readFileSync(join(root, 'docs', page), 'utf8');
const roles = new Map(rolesOf(readStacks(root)).map((role) => [role.name, role]));
const commands = pages.flatMap((page) => commandsOf(page, read(page), answers));

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

describe('what a person pastes', () => {
  test('the machine takes as an event of now', () => {
    const starts = named('stepfunctions start-execution');
    expect(starts).toHaveLength(1);
    const settings: Record<string, string> = {
      DR_ACCOUNT: tokyo.aws.account,
      DR_MODES: 'live,dry-run',
      DR_LIVE: 'armed',
    };
    for (const start of starts)
      expect(readInput(JSON.parse(one(start)('input')), (name) => settings[name] ?? '', new Date()).faults).toEqual([]);
  });

  test('closes both regions, and opens Seoul alone', () => {
    const groups = named('globalaccelerator list-endpoint-groups').map(
      (list) => one(list)('query').match(/'([^']+)'/)?.[1],
    );
    expect(groups).toEqual([tokyo, seoul, seoul].map(({ aws }) => aws.region));
    const turns = named('globalaccelerator update-endpoint-group');
    expect(turns.map((turn) => [turn.region, one(turn)('traffic-dial-percentage')])).toEqual(
      [0, 0, 100].map((dial) => [acceleratorRegion, `${dial}`]),
    );
    expect(turns.map((turn) => one(turn)('endpoint-configurations').match(/Weight=(\d+)/)?.[1])).toEqual([
      '0',
      '0',
      '128',
    ]);
  });

  test('writes a later epoch of Seoul, and lets the next failover count on from the last', () => {
    const [put] = named('secretsmanager put-secret-value');
    expect(put && JSON.parse(one(put)('secret-string'))).toEqual({ epoch: 11, writer: 'seoul' });
    const [reset] = named('dynamodb update-item');
    expect(reset && JSON.parse(one(reset)('expression-attribute-values'))[':epoch']).toEqual({ N: '10' });
  });

  test("makes Tokyo's nodes as many as Terraform does", () => {
    const [nodes] = named('eks update-nodegroup-config');
    const { min, desired, max } = landings.tokyo.nodes;
    expect(nodes && one(nodes)('scaling-config')).toBe(`minSize=${min},desiredSize=${desired},maxSize=${max}`);
  });
});
