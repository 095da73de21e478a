import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { changed, fuzz, fuzzMs, type Random } from '../../lib/fuzz.testing.ts';
import { binary } from '../../local/engines/engines.ts';
import { renderTree } from '../../main.ts';
import { aws } from '../../overlays/sites/aws.ts';

/** What Tekton Triggers itself makes of bodies (engines/kubernetes/deliveries), with the rendered trigger of a service. */
const tree = renderTree(aws);
const at = (name: string) => parse(tree.get(`rendered/seoul/ci/${name}.yaml`) as string);
const template = at('triggertemplate-ticket');

// biome-ignore lint/suspicious/noExplicitAny: a PipelineRun, which is compared with its template
type Answer = { created?: any[]; refused?: string; milliseconds: number };
const program = spawn(binary('triggers', 'deliveries'), { stdio: ['pipe', 'pipe', 'inherit'] });
const lines = createInterface({ input: program.stdout })[Symbol.asyncIterator]();
async function output(body: Buffer): Promise<Answer> {
  program.stdin.write(`${JSON.stringify(body.toString('base64'))}\n`);
  const { value, done } = await lines.next();
  if (done) throw new Error('deliveries has ended');
  return JSON.parse(value);
}
beforeAll(() => {
  const objects = {
    trigger: at('trigger-ticket'),
    triggerBinding: at('triggerbinding-push'),
    triggerTemplate: template,
  };
  program.stdin.write(`${JSON.stringify(objects)}\n`);
});
afterAll(() => {
  program.stdin.end();
});

const commit = '0123456789abcdef0123456789abcdef01234567';
const push = {
  ref: 'refs/heads/main',
  before: '1'.repeat(40),
  after: commit,
  deleted: false,
  forced: false,
  repository: {
    name: 'ticket',
    full_name: 'tickets-example/ticket',
    clone_url: 'https://github.com/tickets-example/ticket.git',
  },
  sender: { login: 'developer' },
  pusher: { name: 'developer' },
  commits: [],
  head_commit: { id: commit, message: 'Sell more\r\n\nbody', author: { name: '홍길동', email: 'x@x.example' } },
};

/** Whether the run is the template, with a commit and two texts at their places and nothing else. */
function judge({ created, refused, milliseconds }: Answer): boolean {
  expect(milliseconds).toBeLessThan(1000);
  if (!created) {
    expect(refused).toBeTruthy();
    return false;
  }
  expect(created).toHaveLength(1);
  const [run] = created;
  const { annotations, labels } = run.metadata;
  const made: Record<string, string> = {
    commit: labels['tickets.example/commit'],
    subject: annotations['tickets.example/subject'],
    author: annotations['tickets.example/author'],
    redelivered: annotations['tickets.example/redelivered'],
  };
  expect(made.commit).toMatch(/^[0-9a-f]{40}$/);
  expect(made.redelivered).toMatch(/^(true)?$/);
  for (const [text = '', limit] of [
    [made.subject, 200],
    [made.author, 100],
  ] as const) {
    // Tekton and the kubelet replace variables, and no environment variable has a NUL.
    expect(text).not.toMatch(/\$\(|\0|\n/);
    expect([...text].length).toBeLessThanOrEqual(limit);
  }
  made.short = (made.commit as string).slice(0, 12);
  const expected = JSON.parse(
    JSON.stringify(template.spec.resourcetemplates[0]).replace(/\$\(tt\.params\.(\w+)\)/g, (_, name) =>
      JSON.stringify(made[name]).slice(1, -1),
    ),
  );
  expect(run).toEqual(expected);
  return true;
}

test('a push makes the run of its template', async () => {
  expect(judge(await output(Buffer.from(JSON.stringify(push))))).toBe(true);
});

const withHead = (head: unknown) => JSON.stringify({ ...push, head_commit: head });
/** As large as the ingress lets in. */
const most = 2 ** 18;
const filled = (before: string, part: string, behind: string) =>
  before + part.repeat(Math.floor((most - before.length - behind.length) / part.length)) + behind;
const body = JSON.stringify(push);

describe('a poisoned delivery', () => {
  test.each<[string, string | Buffer, boolean]>([
    ['is nested 100,000 deep', filled('{"a":', '[', '').slice(0, 100_000), false],
    ['is nested 100,000 deep, and closed', `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)},${body.slice(1)}`, false],
    [
      'has 10,000 commits',
      JSON.stringify({ ...push, commits: Array.from({ length: 10_000 }, () => ({ id: 'x' })) }),
      true,
    ],
    ['has a key twice, first another', `{"ref":"refs/heads/evil",${body.slice(1)}`, true],
    ['has a key twice, then another', `${body.slice(0, -1)},"ref":"refs/heads/evil"}`, false],
    ['has a key of JavaScript', `{"__proto__":{"ref":"refs/heads/evil"},${body.slice(1)}`, true],
    ['has a NUL', withHead({ message: 'a\0b', author: { name: '\0' } }), true],
    ['has lone surrogates', withHead({ message: '\ud83d', author: { name: '\udc00\ud83d' } }), true],
    ['is no UTF-8', Buffer.from(body.replace('Sell', '\xff\xfe'), 'latin1'), true],
    [
      'has a message without end',
      filled(`${body.slice(0, -1)},"head_commit":{"message":"`, '\\n', '","author":{"name":"x"}}}'),
      true,
    ],
    [
      'has a message of variables',
      filled(
        `${body.slice(0, -1)},"head_commit":{"message":"`,
        '$(tt.params.commit)',
        '","author":{"name":"$(uid)"}}}',
      ),
      true,
    ],
    ['has numbers where texts are', withHead({ message: 1e308, author: { name: [] } }), false],
    ['has a number too large', `{"a":1e999,${body.slice(1)}`, false],
    ['is a list', '[]', false],
    ['is empty', '', false],
  ])('G27: a delivery that %s is inert or refused, within a second', async (_, poison, passes) => {
    expect(judge(await output(Buffer.from(poison)))).toBe(passes);
  });
});

const words = [
  ...[
    '$(tt.params.commit)',
    '$(uid)',
    '$(extensions.short)',
    '$$(',
    '$(',
    '$\\u0000(',
    '\\u0000',
    '\\n',
    '\\r',
    '\\t',
    '\\"',
    '\\\\',
    '"',
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
  ],
  ...[
    '\\ud83d',
    '\\udc00',
    '\\u2028',
    '🎟',
    '표',
    '\xff',
    '"ref":"refs/heads/evil",',
    '"deleted":true,',
    '"redelivered":true,',
    '"redelivered":"true",',
  ],
  ...[
    'null',
    'true',
    '1e999',
    '-0',
    '"head_commit":null,',
    '"sender":{"login":"platform-robot"},',
    '"after":"$(id)",',
    '0000000000',
    'TICKETS-EXAMPLE/',
    '"__proto__":{},',
  ],
];
const shapes = [
  body,
  withHead({ message: '$(tt.params.commit) "; $(touch /tmp/x)', author: { name: "'`\\" } }),
  withHead(null),
  JSON.stringify({ ...push, redelivered: true }),
].map((text) => Buffer.from(text));
const inText = (buffer: Buffer, { below, pick }: Random): Buffer => {
  const text = buffer.toString();
  const from = text.indexOf('"message":"') + 11;
  const place = from + below(8);
  return Buffer.from(
    text.slice(0, place) +
      Array.from({ length: below(40) }, () => pick(words.filter((word) => !/["{}[\],:]/.test(word)))).join('') +
      text.slice(place),
  );
};

test(
  'G27: of hostile deliveries none makes anything but the run of its template, and none takes longer than a second',
  async () => {
    const { passed, refused } = await fuzz(
      28,
      (random) => {
        const shape = random.pick(shapes);
        return random.below(3) === 0 ? changed(shape, random, words) : inText(shape, random);
      },
      async (input) => judge(await output(input)),
    );
    expect(passed).toBeGreaterThan(50);
    expect(refused).toBeGreaterThan(50);
  },
  fuzzMs,
);
