/** The commands in the documents: run in a real bash whose `aws` and `kubectl` only write down what they were given. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type Command = {
  page: string;
  /** Number of its block in the page, and the role in the first line of that. */
  block: number;
  role: string;
  /** `rds wait` and what it waits for are one name. */
  name: string;
  region: string | undefined;
  flags: Map<string, string[]>;
};

const end = '\u001e';
const between = '\u001f';
/** What the shell gets in place of AWS's answers, by the name of the command. */
export type Answers = Record<string, string>;

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** `section` and `step`: the heading above it, and the number of the list's item above it. */
export type Block = { role: string | undefined; code: string; section: string; step: number };
/** Blocks of shell that call AWS, each with the role that its first line names. */
export const blocksOf = (text: string): Block[] =>
  [...text.matchAll(/^```(?:sh|bash)\n([\s\S]*?)^```$/gm)]
    .map(({ index, 1: code = '' }) => {
      const section = text.slice(0, index).split(/^## /m).at(-1) as string;
      const step = Number([...section.matchAll(/^(\d+)\. /gm)].at(-1)?.[1] ?? 0);
      return { role: code.match(/^# (\S+)\n/)?.[1], code, section: section.split('\n')[0] as string, step };
    })
    .filter(({ role, code }) => role !== undefined || /\baws [a-z0-9]+ [a-z]/.test(code));

/** A call of `aws` or `kubectl`; `input` is what came on standard input. */
export type Call = { block: number; program: string; words: string[]; input: string };

/** What blocks call, in their order. `before`: what a person has to paste first; its own calls do not count. */
export function callsOf(blocks: { code: string }[], answers: Answers, before = ''): Call[] {
  const folder = mkdtempSync(join(tmpdir(), 'commands-'));
  const log = join(folder, 'log');
  const cases = Object.entries(answers).map(([name, answer]) => `${quoted(name)}) printf '%s\\n' ${quoted(answer)} ;;`);
  const program = [
    'set -euo pipefail',
    'note() {',
    `  { printf '%s${between}' "$block" "$@"; case "$*" in *file:///dev/stdin*) cat ;; esac; printf '${end}'; } >>${quoted(log)}`,
    '}',
    `aws() { note aws "$@"; case "$1 $2" in ${cases.join(' ')} *) : ;; esac; }`,
    'kubectl() { note kubectl "$@"; }',
    'tofu() { :; }',
    'sleep() { :; }',
    `block=\n${before}`,
    ...blocks.map(({ code }, index) => `block=${index}\n${code}`),
    'wait',
  ].join('\n');
  try {
    execFileSync('bash', ['-c', program], { encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'] });
    return readFileSync(log, 'utf8')
      .split(end)
      .slice(0, -1)
      .flatMap((line) => {
        const [block = '', called = '', ...words] = line.split(between);
        const input = words.pop() as string;
        return block === '' ? [] : [{ block: Number(block), program: called, words, input }];
      });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Every command of a page for AWS, in its order, as AWS's command line gets it: variables, functions and quotes are what bash makes of them. */
export function commandsOf(page: string, text: string, answers: Answers, before?: string): Command[] {
  const blocks = blocksOf(text);
  if (blocks.length === 0) return [];
  return callsOf(blocks, answers, before).flatMap((call) =>
    call.program === 'aws' ? [commandOf(call, { page, role: blocks[call.block]?.role ?? '' })] : [],
  );
}

export function commandOf({ block, words, input }: Call, of: { page: string; role: string }): Command {
  const first = words.findIndex((word) => word.startsWith('--'));
  const flags = new Map<string, string[]>();
  let flag = '';
  for (const word of first < 0 ? [] : words.slice(first))
    if (word.startsWith('--')) {
      flag = word.slice(2);
      flags.set(flag, []);
    } else flags.get(flag)?.push(word === 'file:///dev/stdin' ? input : word);
  const name = words.slice(0, first < 0 ? undefined : first).join(' ');
  return { ...of, block, name, region: flags.get('region')?.[0], flags };
}

/** `DBClusterIdentifier` → `db-cluster-identifier`, as AWS's command line names operations and parameters. */
const kebab = (name: string): string =>
  name
    .replace(/(.)([A-Z][a-z]+)/g, '$1-$2')
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .toLowerCase();

/** Packages of the SDK whose models are here, by the service's name on the command line. */
const clients: Record<string, string> = {
  cloudwatch: 'cloudwatch',
  dynamodb: 'dynamodb',
  eks: 'eks',
  globalaccelerator: 'global-accelerator',
  rds: 'rds',
  secretsmanager: 'secrets-manager',
  stepfunctions: 'sfn',
};
/** Commands that are not in these models: the command line's own, and services whose package is not here. From its reference. */
const others: Record<string, string[]> = {
  'ec2 describe-security-groups': ['filters'],
  'eks update-kubeconfig': ['name', 'alias'],
  'rds wait db-instance-available': ['db-instance-identifier'],
  'sts get-caller-identity': [],
};
const ofTheCommandLine = ['region', 'query', 'output'];
const ofCommands: Record<string, string[]> = { 'rds create-db-instance-read-replica': ['source-region'] };

type Input = { members: Map<string, { required: boolean }>; words: Set<string> };
const inputs = new Map<string, Input | undefined>();

/** What an operation takes: the SDK's own example of its input names every member, and which are required. */
function inputOf(root: string, name: string): Input | undefined {
  if (inputs.has(name)) return inputs.get(name);
  const [service = '', operation = ''] = name.split(' ');
  const folder = join(root, 'node_modules/@aws-sdk', `client-${clients[service]}`, 'dist-types/commands');
  const file = readdirSync(folder).find((each) => kebab(each.replace(/Command\.d\.ts$/, '')) === operation);
  const example =
    file && readFileSync(join(folder, file), 'utf8').match(/const input = \{[^\n]*\n([\s\S]*?)\n \* \};/)?.[1];
  const lines = example?.split('\n') ?? [];
  const members = lines.flatMap((line) => {
    const [, member] = line.match(/^ \* {3}(\w+): /) ?? [];
    return member ? [[kebab(member), { required: line.endsWith('// required') }] as const] : [];
  });
  const input =
    example === undefined
      ? undefined
      : { members: new Map(members), words: new Set(lines.flatMap((line) => line.match(/^ \* +(\w+): /)?.[1] ?? [])) };
  inputs.set(name, input);
  return input;
}

/** Names in a value that AWS's command line reads as JSON or as its shorthand. A map has names of its own, which begin in lower case or with `:` or `#`. */
function namesIn(value: string): string[] {
  if (/^[[{]/.test(value)) {
    const walk = (part: unknown): string[] =>
      typeof part !== 'object' || part === null
        ? []
        : Object.entries(part).flatMap(([key, inner]) => [...(Array.isArray(part) ? [] : [key]), ...walk(inner)]);
    return walk(JSON.parse(value)).filter((key) => /^[A-Z]\w+$/.test(key));
  }
  return /^\w+=[^=]*(,\w+=|$)/.test(value) ? value.split(',').map((part) => part.split('=')[0] as string) : [];
}

/** Everything for which AWS's command line would refuse a command. */
export function misfits(root: string, { name, region, flags }: Command): string[] {
  const missing = region === undefined ? [`${name}: given no --region`] : [];
  const mine = [...flags.keys()].filter((flag) => !ofTheCommandLine.includes(flag));
  const known = others[name];
  if (known)
    return [...missing, ...mine.filter((flag) => !known.includes(flag)).map((flag) => `${name}: given --${flag}`)];
  const input = clients[name.split(' ')[0] as string] && inputOf(root, name);
  if (!input) return [...missing, `${name}: no such command`];
  const required = [...input.members].filter(([, member]) => member.required).map(([flag]) => flag);
  return [
    ...missing,
    ...mine
      .filter((flag) => !input.members.has(flag.replace(/^no-/, '')) && !ofCommands[name]?.includes(flag))
      .map((flag) => `${name}: given --${flag}, allowed ${[...input.members.keys()].join(', ')}`),
    ...required.filter((flag) => !flags.get(flag)?.[0]).map((flag) => `${name}: given no --${flag}`),
    ...[...flags].flatMap(([flag, values]) =>
      ['query', 'filters'].includes(flag)
        ? []
        : values
            .flatMap(namesIn)
            .filter((one) => !input.words.has(one) && !/^[NS]$/.test(one))
            .map((one) => `${name}: --${flag}: given ${one}`),
    ),
  ];
}
