import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ForgeAddress, ForgeKind } from './forge.ts';

/**
 * A FAKE forge for tests: the few requests that lib/release/forge.ts sends, answered as GitHub or as Gitea 1.27 answers them, over commits in
 * memory. lib/release/forge.engine.test.ts holds the Gitea half against the real one. Faults are planted by `trouble`.
 */
export type FakeCommit = {
  sha: string;
  parents: string[];
  message: string;
  author: string;
  committer: string;
  files: Record<string, string>;
};

/** What goes wrong with a request: an answer of its own, no answer, or a broken connection, before or after doing what was asked. */
export type Trouble =
  | { status: number; body?: unknown; headers?: Record<string, string>; done?: boolean }
  | { hang: true; done?: boolean }
  | { reset: true; done?: boolean };

export type FakeRequest = { method: string; path: string; write: boolean };

const sha1 = (text: string) => createHash('sha1').update(text).digest('hex');
const blobSha = (text: string) => sha1(`blob ${Buffer.byteLength(text)}\0${text}`);

export class FakeForge {
  address: ForgeAddress;
  requests: FakeRequest[] = [];
  /** Called for every request; what it returns happens. */
  trouble: (request: FakeRequest, nth: number) => Trouble | undefined = () => undefined;
  /** How long a write takes; another write within that time loses the race for the branch. */
  writeMs = 0;
  #commits = new Map<string, FakeCommit>();
  #main = new Map<string, string>();
  #empty = new Set<string>();
  #server = createServer((request, response) => {
    this.#answer(request, response).catch((error) => response.destroy(error));
  });
  #counter = 0;

  constructor(kind: ForgeKind) {
    this.address = { kind, api: '', owner: 'tickets', token: 'secret-token-0123456789' };
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.address.api = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/api/v1`;
    return this;
  }

  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Commits files on top of `parent` (the main branch by default) and returns the sha; the main branch moves, unless `move` is false. */
  commit(
    repository: string,
    files: Record<string, string>,
    {
      parent = this.#main.get(repository),
      message = 'x',
      author = 'someone',
      committer = author,
      move = true,
    }: Partial<{ parent: string; message: string; author: string; committer: string; move: boolean }> = {},
  ): string {
    const base = parent ? (this.#commits.get(parent) as FakeCommit).files : {};
    const sha = sha1(`${repository} ${++this.#counter} ${message}`);
    const parents = parent ? [parent] : [];
    this.#commits.set(sha, { sha, parents, message, author, committer, files: { ...base, ...files } });
    if (move) this.#main.set(repository, sha);
    return sha;
  }

  /** A repository that nobody has pushed to yet. */
  create(repository: string): void {
    this.#empty.add(repository);
  }

  forcePush(repository: string, sha: string): void {
    this.#main.set(repository, sha);
  }

  /** As when git collects what no branch holds any more. */
  forget(sha: string): void {
    this.#commits.delete(sha);
  }

  file(repository: string, path: string): string | undefined {
    return this.#commits.get(this.#main.get(repository) ?? '')?.files[path];
  }

  /** Commits of the main branch that changed the path (or any), newest first. */
  log(repository: string, path?: string): FakeCommit[] {
    const found: FakeCommit[] = [];
    for (let at = this.#commits.get(this.#main.get(repository) ?? ''); at; ) {
      const parent: FakeCommit | undefined = this.#commits.get(at.parents[0] ?? '');
      if (path === undefined || at.files[path] !== parent?.files[path]) found.push(at);
      at = parent;
    }
    return found;
  }

  writes(): FakeRequest[] {
    return this.requests.filter((request) => request.write);
  }

  #ancestors(sha: string): Set<string> {
    const seen = new Set<string>();
    for (let at = this.#commits.get(sha); at; at = this.#commits.get(at.parents[0] ?? '')) seen.add(at.sha);
    return seen;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '', this.address.api);
    const path = decodeURIComponent(url.pathname.slice('/api/v1'.length));
    const method = request.method ?? '';
    const seen: FakeRequest = { method, path, write: method !== 'GET' };
    this.requests.push(seen);
    let text = '';
    for await (const chunk of request) text += chunk;
    const trouble = this.trouble(seen, this.requests.filter((other) => other.write === seen.write).length);
    let reply: { status: number; body: unknown } | undefined;
    if (!trouble || trouble.done) reply = await this.#handle(request, url, path, method, text);
    if (trouble && 'hang' in trouble) return;
    if (trouble && 'reset' in trouble) return void request.socket.destroy();
    const { status, body } = trouble ? { body: { message: 'planted by the test' }, ...trouble } : (reply as never);
    const headers = trouble?.headers ?? {};
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  }

  async #handle(request: IncomingMessage, url: URL, path: string, method: string, text: string) {
    const gitea = this.address.kind === 'gitea';
    const answerWith = (status: number, message: string) => ({ status, body: { message } });
    if (request.headers.authorization !== `token ${this.address.token}`) return answerWith(401, 'Bad credentials');
    const [, owner, repository = '', rest = ''] =
      /^\/repos\/([^/]+)\/([^/]+)(?:\/(.*))?$/.exec(path) ?? ([] as (string | undefined)[]);
    const main = this.#main.get(repository);
    const known = main !== undefined || this.#empty.has(repository);
    if (owner === this.address.owner && known && rest === '')
      return { status: 200, body: { full_name: `${owner}/${repository}` } };
    if (owner !== this.address.owner || main === undefined) return answerWith(404, 'Not Found');
    const head = this.#commits.get(main) as FakeCommit;

    if (rest.startsWith('contents/') && method === 'GET') {
      const name = rest.slice('contents/'.length);
      const content = head.files[name];
      if (content !== undefined)
        return {
          status: 200,
          body: {
            type: 'file',
            encoding: 'base64',
            content: Buffer.from(content).toString('base64'),
            sha: blobSha(content),
          },
        };
      const below = Object.keys(head.files).filter((file) => file.startsWith(`${name}/`));
      if (below.length === 0) return answerWith(404, 'Not Found');
      const names = new Set(below.map((file) => file.slice(name.length + 1)).map((file) => file.split('/')[0]));
      return {
        status: 200,
        body: [...names].map((entry) => ({
          name: entry,
          type: head.files[`${name}/${entry}`] === undefined ? 'dir' : 'file',
        })),
      };
    }

    if (rest.startsWith('contents/')) {
      const name = rest.slice('contents/'.length);
      const body = JSON.parse(text);
      const present = head.files[name];
      if (method === 'POST' && !gitea) return answerWith(404, 'Not Found');
      if (method === 'PUT' && gitea && body.sha === undefined) return answerWith(422, '[SHA]: Required');
      if (body.sha === undefined && present !== undefined)
        return gitea
          ? answerWith(422, `repository file already exists [path: ${name}]`)
          : answerWith(422, 'Invalid request.\n\n"sha" wasn\'t supplied.');
      if (body.sha !== undefined && (present === undefined || body.sha !== blobSha(present)))
        return gitea
          ? answerWith(422, `sha does not match [given: ${body.sha}, expected: ${present && blobSha(present)}]`)
          : answerWith(409, `${name} does not match ${body.sha}`);
      await sleep(this.writeMs);
      // Somebody else's commit came in between: GitHub says 409, Gitea's inner push is refused in one of two ways.
      if (this.#main.get(repository) !== main) {
        const moved = `is at ${this.#main.get(repository)} but expected ${main}`;
        if (!gitea) return answerWith(409, moved);
        return this.requests.length % 2
          ? answerWith(403, `cannot lock ref 'refs/heads/main': ${moved}`)
          : answerWith(500, 'PushOutOfDate Error: exit status 1 -  ! [rejected] x -> main (non-fast-forward)');
      }
      const content = Buffer.from(body.content, 'base64').toString('utf8');
      const author = `${body.author?.name} <${body.author?.email}>`;
      const sha = this.commit(repository, { [name]: content }, { message: body.message, author });
      return { status: body.sha ? 200 : 201, body: { content: { sha: blobSha(content) }, commit: { sha } } };
    }

    if (rest === 'branches/main') {
      const { sha, message, author } = head;
      const [name, email] = author.split(/ <|>/);
      const profile = { message, author: { name, email } };
      return {
        status: 200,
        body: { name: 'main', commit: gitea ? { id: sha, ...profile } : { sha, commit: profile } },
      };
    }

    if (rest === 'commits') {
      const name = url.searchParams.get('path') ?? undefined;
      const limit = Number(url.searchParams.get(gitea ? 'limit' : 'per_page') ?? 30);
      const from = (Number(url.searchParams.get('page') ?? 1) - 1) * limit;
      const all = this.log(repository, name);
      if (gitea && all.length === 0) return answerWith(404, 'Not Found');
      const nameOf = (person: string) => ({ name: person.split(' <')[0] });
      return {
        status: 200,
        body: all
          .slice(from, from + limit)
          .map(({ sha, message, committer }) => ({ sha, commit: { message, committer: nameOf(committer) } })),
      };
    }

    if (rest.startsWith('compare/')) {
      const [base, tip] = rest
        .slice('compare/'.length)
        .split('...')
        .map((ref) => this.#commits.get(ref === 'main' ? main : ref)?.sha);
      if (!base || !tip) return answerWith(404, 'Not Found');
      const [left, right] = [this.#ancestors(base), this.#ancestors(tip)];
      const ahead = [...right].filter((sha) => !left.has(sha)).map((sha) => ({ sha }));
      const unrelated = ![...left].some((sha) => right.has(sha));
      if (gitea && unrelated) return answerWith(500, `MergeBase: get merge-base of ${base} and ${tip} failed`);
      if (unrelated) return answerWith(404, `No common ancestor between ${base} and ${tip}.`);
      // Gitea gives all of them, GitHub pages from the oldest to the newest.
      const size = Number(url.searchParams.get('per_page') ?? 250);
      const from = (Number(url.searchParams.get('page') ?? 1) - 1) * size;
      const commits = gitea ? ahead : ahead.reverse().slice(from, from + size);
      const behind = [...left].filter((sha) => !right.has(sha)).length;
      const counts = gitea ? {} : { status: 'x', ahead_by: ahead.length, behind_by: behind };
      return { status: 200, body: { ...counts, total_commits: ahead.length, commits } };
    }

    return answerWith(404, 'Not Found');
  }
}
