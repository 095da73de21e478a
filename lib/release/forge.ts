import { Octokit } from '@octokit/rest';
import { type Fault, faultText, UserError } from '../errors.ts';
import { parseRetryAfter } from '../retry.ts';
import { oneLine, withoutSlashes } from '../text.ts';
import { exitStatus } from './exit-status.ts';
import { robot } from './releases.ts';

/**
 * The parts of GitHub's REST API that releases need, on GitHub and on Gitea. Only this file knows where the two differ. Each function
 * sends its request once and classifies the failure. Nothing is retried here: a retried write would repeat a stale sha, or commit
 * twice after a lost reply.
 */

export type ForgeKind = 'github' | 'gitea';

export type ForgeAddress = { kind: ForgeKind; api: string; owner: string; token: string };

/**
 * stale: the file changed since it was read, nothing was written. unsure: no usable reply, a write may have arrived.
 * limited: rate-limited until `waitMs` from now. refused: needs a person.
 */
export type ForgeFaultKind = 'stale' | 'unsure' | 'limited' | 'refused';

export class ForgeFault extends UserError {
  override name = 'ForgeFault';
  kind: ForgeFaultKind;
  status: number | undefined;
  /** How long the forge asks to wait, in milliseconds, if it says so. */
  waitMs: number | undefined;
  constructor(kind: ForgeFaultKind, message: string, status?: number, waitMs?: number) {
    super(message, kind === 'refused' ? exitStatus.refused : exitStatus.unavailable);
    this.kind = kind;
    this.status = status;
    this.waitMs = waitMs;
  }
}

export type ForgeFile = { text: string; sha: string };
/** `committer` is the name in the commit: that of whoever made this very commit, also where another one's changes were taken over. */
export type ForgeCommit = { sha: string; message: string; committer: string };
/** `author` is the name in the commit, which whoever made it chose freely. */
export type ForgeHead = { sha: string; message: string; author: string };

export type Forge = {
  /** The file on the main branch; undefined if there is none. */
  readFile(repository: string, path: string): Promise<ForgeFile | undefined>;
  /** Commits the file to the main branch if its version is still `sha` (undefined: it must not exist). Returns the commit's sha. */
  writeFile(
    repository: string,
    file: { path: string; text: string; sha: string | undefined; message: string },
  ): Promise<string>;
  /** The head of the main branch; undefined if there is no such branch yet. */
  head(repository: string): Promise<ForgeHead | undefined>;
  /** Commits of the main branch that touch the path, newest first, `pageSize` a page; an empty page is the end. */
  commits(repository: string, path: string, page?: number): Promise<ForgeCommit[]>;
  /**
   * The commits that the main branch has beyond this one, in any order; undefined if it does not have this one, as after a forced push.
   * By the sha of its head: a tag named as the branch could point anywhere.
   */
  beyond(repository: string, commit: string): Promise<string[] | undefined>;
  /** The commits in the history of `head` that `base` lacks, in any order; undefined if the two have no common history, or one is not there. */
  ahead(repository: string, base: string, head: string): Promise<string[] | undefined>;
  /** Sorted names of the subfolders of a folder on the main branch. */
  folders(repository: string, path: string): Promise<string[]>;
};

export const mainBranch = 'main';
/** Of histories. GitHub gives 100 at most, Gitea 50 by its default settings. */
export const pageSize = 50;

/** The address in the variables of a step or a job; `forgeFaults` judges it. */
export const forgeAddressOf = (given: Record<'FORGE_KIND' | 'FORGE_API' | 'FORGE_OWNER' | 'FORGE_TOKEN', string>) => ({
  kind: given.FORGE_KIND,
  api: given.FORGE_API,
  owner: given.FORGE_OWNER,
  // A token that was put into its Secret from a file often ends with a newline.
  token: given.FORGE_TOKEN.trim(),
});

/** Every fault of an address, a line each. The token is never shown. */
export function forgeFaults(address: { [key in keyof ForgeAddress]?: unknown }): string[] {
  const faults: Fault[] = [];
  const { kind, api, owner, token } = address;
  if (kind !== 'github' && kind !== 'gitea')
    faults.push({ what: 'FORGE_KIND', given: kind, allowed: 'github and gitea' });
  const url = typeof api === 'string' && URL.canParse(api) ? new URL(api) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password || url.search || url.hash)
    faults.push({
      what: 'FORGE_API',
      // The user of a URL may be followed by a password.
      given: typeof api === 'string' && api.includes('@') ? 'a URL with a user in it' : api,
      allowed: 'an http(s) URL without user and query, such as https://api.github.com',
    });
  if (typeof owner !== 'string' || !/^[A-Za-z0-9][-\w.]{0,99}$/.test(owner))
    faults.push({ what: 'FORGE_OWNER', given: owner, allowed: 'the name of a user or organisation' });
  if (typeof token !== 'string' || !/^[\x21-\x7e]{1,4096}$/.test(token))
    faults.push({
      what: 'FORGE_TOKEN',
      given: token ? 'text with blanks or control characters' : undefined,
      allowed: 'a token that may write contents',
    });
  return faults.map(faultText);
}

/** Bytes of a reply. Whoever may push decides how long the message of a commit is, and a step or a job has 256 MiB for all services. */
const replyLimit = 16 * 2 ** 20;

/** The same reply, whose body breaks off where it is longer than that. */
function bounded(reply: globalThis.Response): globalThis.Response {
  let left = replyLimit;
  const counted = reply.body?.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(part, out) {
        left -= part.length;
        if (left < 0) out.error(new Error(`a reply of more than ${replyLimit} bytes`));
        else out.enqueue(part);
      },
    }),
  );
  return counted ? new globalThis.Response(counted, reply) : reply;
}

type Options = {
  /** Limit of one request, reply included, in milliseconds. */
  requestMs?: number;
  /** Aborts the request under way and all later ones. */
  signal?: AbortSignal;
};

type Response = { status: number; data: unknown };

/** `address` must have no forgeFaults. */
export function openForge(address: ForgeAddress, { requestMs = 15_000, signal }: Options = {}): Forge {
  const { kind, owner, token } = address;
  const api = withoutSlashes(address.api);
  const silent = { debug() {}, info() {}, warn() {}, error() {} };
  const octokit = new Octokit({
    auth: token,
    baseUrl: api,
    log: silent,
    request: {
      // fetch has no timeout of its own for a server that accepts and stays silent.
      fetch: async (url: string, init: RequestInit) => {
        const timeout = AbortSignal.timeout(requestMs);
        // A redirect leads to what the name meant before: a repository or branch that was renamed or moved, and is another one.
        const reply = await fetch(url, {
          ...init,
          redirect: 'manual',
          signal: signal ? AbortSignal.any([timeout, signal]) : timeout,
        });
        return bounded(reply);
      },
    },
  });

  /** One request. `what` names it in errors: `<verb> <path> in <owner>/<repository>`. `absent`: whether an error means that it does not exist. */
  async function ask(
    what: string,
    send: () => Promise<Response>,
    { write = false, absent = (_status: number, _reason: string): boolean => false } = {},
  ): Promise<Parsed> {
    const where = `${api}: ${what}`;
    let response: Response;
    try {
      response = await send();
    } catch (error) {
      const status = repliedStatus(error);
      if (status !== undefined && absent(status, (error as Error).message)) return undefined;
      throw faultOf(error, where, { kind, write, requestMs, token });
    }
    if (response.status >= 300)
      throw new ForgeFault(
        'refused',
        `${where}: ${response.status}: it was renamed or moved; give it the name that the forge knows`,
        response.status,
      );
    // octokit reports a reply whose body broke off as success with empty data.
    if (typeof response.data !== 'object' || response.data === null)
      throw new ForgeFault(
        'unsure',
        `${where}: the reply broke off, is not JSON or has more than ${replyLimit} bytes`,
        response.status,
      );
    return response.data;
  }

  const at = (repository: string) => ({ owner, repo: repository });
  const contents = (repository: string, path: string) =>
    ask(
      `read ${path} in ${owner}/${repository}`,
      () => octokit.rest.repos.getContent({ ...at(repository), path, ref: mainBranch }),
      { absent: (status) => status === 404 },
    );

  /** What `head` has and `base` lacks, a page on GitHub and all of it on Gitea; undefined if the two have no common history. */
  async function compare(
    repository: string,
    base: string,
    head: string,
    page = 1,
  ): Promise<{ count: number; shas: string[] } | undefined> {
    const data = await ask(
      `compare ${base}...${head} in ${owner}/${repository}`,
      () =>
        octokit.rest.repos.compareCommitsWithBasehead({
          ...at(repository),
          basehead: `${base}...${head}`,
          // Gitea has no pages here, but can leave out the costly parts.
          ...(kind === 'gitea' ? { files: false, verification: false } : { per_page: pageSize, page }),
        }),
      // Without a common commit GitHub answers 404, as for an unknown commit, and Gitea 500.
      {
        absent: (status, reason) =>
          status === 404 || (status === 500 && /get merge-base of \S+ and \S+ failed/.test(reason)),
      },
    );
    if (data === undefined) return undefined;
    // Gitea has the one, which is of this direction there, and GitHub both.
    const count = kind === 'gitea' ? data.total_commits : data.ahead_by;
    if (typeof count !== 'number' || !Array.isArray(data.commits))
      throw new ForgeFault('refused', `${api}: compare in ${owner}/${repository}: the reply counts no commits`);
    return { count, shas: data.commits.map((entry: Parsed) => String(entry.sha)) };
  }

  async function head(repository: string): Promise<ForgeHead | undefined> {
    const what = `read branch ${mainBranch} of ${owner}/${repository}`;
    // Not the first of its commits: that request would take a tag of the same name for the branch.
    const data = await ask(what, () => octokit.rest.repos.getBranch({ ...at(repository), branch: mainBranch }), {
      absent: (status) => status === 404,
    });
    if (data === undefined) {
      // A repository that the token may not see answers 404 too, and that is a fault.
      await ask(`read ${owner}/${repository}`, () => octokit.rest.repos.get(at(repository)));
      return undefined;
    }
    // GitHub nests the commit, Gitea has the shape of its webhooks.
    const { sha, message, author } =
      kind === 'gitea' ? { ...data.commit, sha: data.commit?.id } : { ...data.commit?.commit, sha: data.commit?.sha };
    if (typeof sha !== 'string' || !/^[0-9a-f]{40}$/.test(sha))
      throw new ForgeFault('unsure', `${api}: ${what}: the reply names no commit`);
    return { sha, message: String(message ?? ''), author: String(author?.name ?? '') };
  }

  async function ahead(repository: string, base: string, head: string): Promise<string[] | undefined> {
    const found: string[] = [];
    if (base === head) return found;
    for (let page = 1; ; page++) {
      const part = await compare(repository, base, head, page);
      if (!part) return undefined;
      found.push(...part.shas);
      if (found.length >= part.count) return found;
      if (part.shas.length === 0)
        throw new ForgeFault('unsure', `${api}: compare in ${owner}/${repository}: the reply lacks commits`);
    }
  }

  return {
    async readFile(repository, path) {
      const data = await contents(repository, path);
      if (data === undefined) return undefined;
      if (data.type !== 'file' || typeof data.content !== 'string' || typeof data.sha !== 'string')
        throw new ForgeFault('refused', `${api}: ${path} in ${owner}/${repository} is not a file`);
      return { text: Buffer.from(data.content, 'base64').toString('utf8'), sha: data.sha };
    },

    async writeFile(repository, { path, text, sha, message }) {
      const body = {
        ...at(repository),
        path,
        message,
        content: Buffer.from(text, 'utf8').toString('base64'),
        branch: mainBranch,
        author: robot,
        committer: robot,
      };
      const data = await ask(
        `write ${path} in ${owner}/${repository}`,
        () => {
          if (sha !== undefined) return octokit.rest.repos.createOrUpdateFileContents({ ...body, sha });
          // GitHub creates by the same PUT, Gitea by POST (before 1.26 by nothing else).
          if (kind === 'gitea') return octokit.request('POST /repos/{owner}/{repo}/contents/{path}', body);
          return octokit.rest.repos.createOrUpdateFileContents(body);
        },
        { write: true },
      );
      const commit = data.commit?.sha;
      if (typeof commit !== 'string')
        throw new ForgeFault('unsure', `${api}: write ${path} in ${owner}/${repository}: the reply names no commit`);
      return commit;
    },

    head,

    async commits(repository, path, page = 1) {
      const data = await ask(
        `list commits of ${path} in ${owner}/${repository}`,
        () =>
          octokit.rest.repos.listCommits({
            ...at(repository),
            path,
            sha: mainBranch,
            per_page: pageSize,
            page,
            ...(kind === 'gitea' ? { limit: pageSize, stat: false, files: false, verification: false } : {}),
          }),
        // Gitea answers 404 for a path without commits; both answer 409 for an empty repository.
        { absent: (status) => status === 404 || status === 409 },
      );
      return (Array.isArray(data) ? data : []).map((entry) => ({
        sha: String(entry.sha),
        message: String(entry.commit?.message ?? ''),
        committer: String(entry.commit?.committer?.name ?? ''),
      }));
    },

    ahead,

    async beyond(repository, commit) {
      const tip = (await head(repository))?.sha;
      if (tip === undefined) return undefined;
      const isOnMain = tip === commit || (await compare(repository, tip, commit))?.count === 0;
      return isOnMain ? ahead(repository, commit, tip) : undefined;
    },

    async folders(repository, path) {
      const data = await contents(repository, path);
      if (!Array.isArray(data)) return [];
      return data
        .filter((entry) => entry.type === 'dir')
        .map((entry) => String(entry.name))
        .sort();
    },
  };
}

// biome-ignore lint/suspicious/noExplicitAny: a reply may have any shape; every field is checked where it is used.
type Parsed = any;

/** The HTTP status; undefined without a reply, which octokit calls 500 too. */
function repliedStatus(error: unknown): number | undefined {
  const reply = (error as { response?: { status?: unknown } }).response;
  return typeof reply?.status === 'number' ? reply.status : undefined;
}

type Cause = { name?: string; message?: string; code?: string; cause?: unknown };

/** An error and its causes, outermost first. */
function causes(error: unknown): Cause[] {
  const found: Cause[] = [];
  for (let at = error; typeof at === 'object' && at !== null && found.length < 8; at = (at as Cause).cause)
    found.push(at as Cause);
  return found;
}

/**
 * How a forge words a write that another one overtook. Its status does not say so: GitHub answers 409 for a ruleset or a required check too,
 * and 422 for a hidden e-mail address; Gitea commits by an internal push, and answers 403 or 500 with the words of git if that loses.
 * What is worded otherwise lasts until a person changes something, so it is refused at once.
 */
const lostRace: Record<ForgeKind, RegExp> = {
  github:
    / does not match [0-9a-f]{40}|is at [0-9a-f]{40} but expected|expected to be at [0-9a-f]{40}|"sha" wasn't supplied|not a fast.forward/,
  gitea:
    /^sha does not match|^repository file already exists|^push is rejected$|cannot lock ref|failed to (lock|update) ref|PushOutOfDate/,
};
const rules = 'the forge does not accept this commit: its words name the rule that has to let the robot write';

function faultOf(
  error: unknown,
  where: string,
  asked: { kind: ForgeKind; write: boolean; requestMs: number; token: string },
): ForgeFault {
  const status = repliedStatus(error);
  const headers = (error as { response?: { headers?: Record<string, string | undefined> } }).response?.headers ?? {};
  // Without a reply only the innermost cause says why; "fetch failed" does not.
  const inner = causes(error).at(-1);
  const words = status === undefined ? inner?.message || inner?.code : (error as Error).message;
  // It may repeat the request, so the token is masked.
  const whole = String(words ?? '').replaceAll(asked.token, '***');
  const reason = oneLine(whole, 200);

  if (status === undefined) {
    const late = causes(error).some((cause) => cause.name === 'TimeoutError' || cause.name === 'AbortError');
    return new ForgeFault('unsure', `${where}: ${late ? `no answer within ${asked.requestMs} ms` : reason}`);
  }
  const answer = `${where}: ${status}${reason ? ` ${reason}` : ''}`;
  const waitMs = waitAsked(headers);
  if (status === 429 || (status === 403 && (waitMs !== undefined || /rate limit/i.test(reason))))
    // GitHub's documentation asks for at least a minute where the reply names no time.
    return new ForgeFault('limited', answer, status, waitMs ?? 60_000);
  if (asked.write && lostRace[asked.kind].test(whole)) return new ForgeFault('stale', answer, status);
  if (status >= 500 || status === 408) return new ForgeFault('unsure', answer, status, waitMs);
  const cure: Record<number, string> = {
    401: 'the forge does not know the token: give one that is valid',
    403: 'the token may not do this: it needs read and write access to contents',
    404: 'not there, or the token may not see it: check FORGE_OWNER, the repository and the token',
    409: rules,
    422: rules,
    423: 'the repository is archived or locked: unlock it',
  };
  return new ForgeFault('refused', `${answer}; ${cure[status] ?? 'the forge does not accept this request'}`, status);
}

/** Milliseconds of Retry-After, or until an exhausted rate limit resets. */
function waitAsked(headers: Record<string, string | undefined>): number | undefined {
  const after = parseRetryAfter(headers['retry-after']);
  if (after !== undefined) return after;
  if (headers['x-ratelimit-remaining'] === '0') {
    const ms = Number(headers['x-ratelimit-reset']) * 1000 - Date.now();
    if (Number.isFinite(ms)) return Math.max(0, ms);
  }
  return undefined;
}
