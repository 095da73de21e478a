import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { kubectl } from '../../local/region/region.ts';
import { seoul } from '../../local/topology.ts';
import { renderTree } from '../../main.ts';
import { aws } from '../../overlays/sites/aws.ts';
import { pushOf } from './push.ts';

/** What a push says, judged by the interceptor of Tekton Triggers that judges it in earnest. */
const trigger = parse(renderTree(aws).get('rendered/seoul/ci/trigger-ticket.yaml') ?? '');
const { params } = trigger.spec.interceptors[1] as { params: { name: string; value: unknown }[] };
const path = '/api/v1/namespaces/tekton-pipelines/services/https:tekton-triggers-core-interceptors:8443/proxy/cel';

type Answer = { continue: boolean; extensions?: Record<string, string>; status: { message?: string } };
async function judge(body: object): Promise<Answer> {
  const request = {
    body: JSON.stringify(body),
    header: { 'X-GitHub-Event': ['push'], 'Content-Type': ['application/json'] },
    interceptor_params: Object.fromEntries(params.map(({ name, value }) => [name, value])),
    context: { event_url: 'http://hooks/', event_id: 'test', trigger_id: 'namespaces/ci/triggers/ticket' },
  };
  return JSON.parse(await kubectl(seoul, ['create', '--raw', path, '-f', '-'], JSON.stringify(request)));
}

const commit = '0123456789abcdef0123456789abcdef01234567';
const push = {
  ref: 'refs/heads/main',
  after: commit,
  deleted: false,
  repository: { full_name: 'tickets-example/ticket' },
  sender: { login: 'developer' },
  pusher: { name: 'developer' },
  head_commit: { message: 'Sell more\r\n\nbody', author: { name: '홍길동' } },
};
const { deleted, ...ofGitea } = push;
const pushWith = (message: unknown, name: unknown = 'x') => ({ ...push, head_commit: { message, author: { name } } });

describe('a push of the main branch starts a run', () => {
  test.each([
    ['as GitHub says it', push],
    ['as Gitea says it', { ...ofGitea, pusher: { login: 'developer' } }],
    ['of a repository whose name has another case', { ...push, repository: { full_name: 'Tickets-Example/Ticket' } }],
    ['redelivered', pushOf('tickets-example', 'ticket', { sha: commit, message: '', author: '' }, true)],
    ['without a head commit', { ...push, head_commit: null }],
  ])('%s', async (_, body) => expect(await judge(body)).toMatchObject({ continue: true }));
});

describe('nothing is started by', () => {
  test.each<[string, object]>([
    ['another branch', { ...push, ref: 'refs/heads/main2' }],
    ['a branch with a name like a command', { ...push, ref: 'refs/heads/$(touch /tmp/x)' }],
    ['a tag', { ...push, ref: 'refs/tags/main' }],
    ['another repository', { ...push, repository: { full_name: 'tickets-example/booking' } }],
    ['another owner', { ...push, repository: { full_name: 'evil/ticket' } }],
    ['a deletion', { ...push, deleted: true, after: '0'.repeat(40), head_commit: null }],
    ['a deletion as Gitea says it', { ...ofGitea, after: '0'.repeat(40) }],
    ['the robot', { ...push, sender: { login: 'platform-robot' } }],
    ['the robot as the one who pushes', { ...push, sender: undefined, pusher: { name: 'platform-robot' } }],
    ['a commit that is none', { ...push, after: '-oProxyCommand=x' }],
    ['a commit with a line more', { ...push, after: `${commit}\n` }],
    ['a commit that is a number', { ...push, after: 7 }],
    ['an empty body', {}],
  ])('%s', async (_, body) => expect(await judge(body)).toMatchObject({ continue: false }));
});

describe('what a push says', () => {
  const output = async (body: object) => (await judge(body)).extensions ?? {};

  test('is the first line, the author and twelve digits', async () => {
    expect(await output(push)).toEqual({
      ...{ short: commit.slice(0, 12), subject: 'Sell more', author: '홍길동' },
      redelivered: '',
    });
  });

  test('is the same when it is redelivered', async () => {
    const head = { sha: commit, message: push.head_commit.message, author: push.head_commit.author.name };
    const redelivered = (lost: boolean) => output(pushOf('tickets-example', 'ticket', head, lost));
    expect(await redelivered(false)).toEqual(await output(push));
    expect(await redelivered(true)).toEqual({ ...(await output(push)), redelivered: 'true' });
  });

  test('may be missing', async () => {
    expect(await output({ ...push, head_commit: null })).toMatchObject({ subject: '', author: '' });
  });

  test('names no variable of Tekton or the kubelet', async () => {
    const { subject, author } = await output(pushWith('$(FORGE_TOKEN) $$(params.commit)', '$(tt.params.commit)'));
    expect([subject, author]).toEqual(['$ (FORGE_TOKEN) $$ (params.commit)', '$ (tt.params.commit)']);
  });

  test('has no NUL, which an environment variable cannot have, and hides no variable behind one', async () => {
    const { subject, author } = await output(pushWith('a\u0000b $\u0000(FORGE_TOKEN)', '\u0000$\u0000(x)'));
    expect([subject, author]).toEqual(['ab $ (FORGE_TOKEN)', '$ (x)']);
  });

  test('is otherwise left as it is', async () => {
    const text = `"'; id # <!channel> \\ {{x}} 표 🎟`;
    expect(await output(pushWith(text, text))).toMatchObject({ subject: text, author: text });
  });

  test.each([['표'], ['🎟'], ['x'], ['\n']])(
    'is cut by characters, also of as many %j as the ingress lets in',
    async (character) => {
      const all = 2 ** 18 / Buffer.byteLength(JSON.stringify(character).slice(1, -1));
      const { subject, author } = await output(pushWith(character.repeat(all), '길'.repeat(300)));
      expect([...(subject ?? '')]).toHaveLength(character === '\n' ? 0 : 200);
      expect(author).toBe('길'.repeat(100));
    },
  );
});
