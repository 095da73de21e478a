import { createHash, createSign, generateKeyPairSync } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as textOf } from 'node:stream/consumers';
import {
  bomType,
  bundleType,
  mainRef,
  type Origin,
  predicateOf,
  provenanceType,
  typeAnnotation,
} from './provenance.ts';

export const digestOf = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;

const made = generateKeyPairSync('ec', { namedCurve: 'P-256' });
/** What `sign` signs with. */
export const signingKey = {
  publicKey: made.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  privateKey: made.privateKey,
};
type Statement = {
  privateKey?: typeof made.privateKey;
  predicateType?: string;
  about?: string;
  ref?: string;
  payloadType?: string;
};

/** A registry for tests, which has one repository under whatever name it is asked for, and keeps what is signed as cosign does. */
export class FakeRegistry {
  /** By digest or tag; blobs too. */
  content = new Map<string, string>();
  /** Of each repository that there is. */
  readonly tags = new Map<string, string[]>();
  /** How many tags it gives at once. */
  pageSize = 1000;
  /** Paths that it always answers 500 to. */
  broken: RegExp | undefined;
  /** Whether it keeps a list of what refers to a digest. Without it there is a tag, as Debian's registry wants it. */
  listsReferrers = false;
  /** When a tag was written, which it says of these alone. */
  readonly modified = new Map<string, Date>();
  /** Under which type a tag was written by a request. */
  readonly types = new Map<string, string | undefined>();
  /** Status of the next answers, before it is itself again. */
  trouble: (number | 'hang')[] = [];
  /** Paths that it always redirects, and where to. */
  moved: RegExp | undefined;
  elsewhere = 'http://127.0.0.1:9';
  asked: { path: string; authorization: string | undefined }[] = [];
  /** What each request accepts. */
  readonly accepted: (string | undefined)[] = [];
  readonly #server = createServer(async (request, answer) => {
    const { method, url = '', headers } = request;
    this.asked.push({ path: url, authorization: headers.authorization });
    this.accepted.push(headers.accept);
    const next = this.moved?.test(url) ? 307 : this.trouble.shift();
    if (next === 'hang') return;
    if (next !== undefined) return void answer.writeHead(next, { location: this.elsewhere + url }).end('{}');
    if (this.broken?.test(url)) return void answer.writeHead(500).end('{}');
    if (url.includes('/tags/list')) return this.#list(url, answer);
    const name = url.slice(url.lastIndexOf('/') + 1);
    const text = url.includes('/referrers/')
      ? this.listsReferrers
        ? (this.content.get(name.replace(':', '-')) ?? '{"manifests":[]}')
        : undefined
      : this.content.get(name);
    if (method === 'HEAD' && text !== undefined) {
      answer.setHeader('content-length', Buffer.byteLength(text));
      const modified = this.modified.get(name);
      if (modified) answer.setHeader('last-modified', modified.toUTCString());
    }
    if (method === 'DELETE' && text !== undefined) {
      const repository = url.slice('/v2/'.length, url.lastIndexOf('/manifests/'));
      const left = (this.tags.get(repository) ?? []).filter((tag) => tag !== name);
      this.tags.set(repository, left);
      return void answer.writeHead(202).end();
    }
    if (method === 'PUT') {
      this.types.set(name, headers['content-type']);
      this.putTag(url.slice('/v2/'.length, url.lastIndexOf('/manifests/')), name, await textOf(request));
      return void answer.writeHead(201).end();
    }
    answer.writeHead(text === undefined ? 404 : 200).end(text ?? '{}');
  });

  #list(url: string, answer: ServerResponse): void {
    const { pathname, searchParams } = new URL(url, this.url);
    const all = this.tags.get(pathname.slice('/v2/'.length, -'/tags/list'.length));
    if (!all) return void answer.writeHead(404).end('{"errors":[{"code":"NAME_UNKNOWN"}]}');
    const start = all.indexOf(searchParams.get('last') ?? '') + 1;
    const tags = all.slice(start, start + this.pageSize);
    if (start + tags.length < all.length)
      answer.setHeader('link', `</elsewhere?n=${this.pageSize}&last=${tags.at(-1)}>; rel="next"`);
    answer.end(JSON.stringify({ name: 'as asked', tags }));
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return this;
  }
  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }
  get url(): string {
    return `http://${this.host}`;
  }

  put(text: string): string {
    this.content.set(digestOf(text), text);
    return digestOf(text);
  }

  /** Keeps an image under a tag of a repository. */
  putTag(repository: string, tag: string, text: string): string {
    this.tags.set(repository, [...(this.tags.get(repository) ?? []), tag]);
    this.content.set(tag, text);
    return this.put(text);
  }

  /** Keeps signed statements that the image of this digest was built from there, and what is in it; of another type, only that one. */
  sign(digest: string, origin: Omit<Origin, 'repository'>, more: Statement = {}): void {
    this.state(digest, origin, more);
    if (more.predicateType === undefined) this.state(digest, origin, { ...more, predicateType: bomType });
  }
  private state(digest: string, origin: Omit<Origin, 'repository'>, more: Statement = {}): void {
    const { privateKey = signingKey.privateKey, predicateType = provenanceType, about = digest, ref = mainRef } = more;
    const { payloadType = 'application/vnd.in-toto+json' } = more;
    const build = {
      repository: 'http://forge.internal/t.git',
      ref,
      run: 'run',
      bases: [],
      finished: new Date(0),
      ...origin,
    };
    const payload = JSON.stringify({
      _type: 'https://in-toto.io/Statement/v0.1',
      subject: [{ name: 'image', digest: { sha256: about.slice(7) } }],
      predicateType,
      // A bill of materials says nothing of the source.
      predicate: predicateType === bomType ? { bomFormat: 'CycloneDX' } : predicateOf(build),
    });
    const signed = `DSSEv1 ${payloadType.length} ${payloadType} ${Buffer.byteLength(payload)} ${payload}`;
    const sig = createSign('SHA256').update(signed).sign(privateKey, 'base64');
    const envelope = { payload: Buffer.from(payload).toString('base64'), payloadType, signatures: [{ sig }] };
    this.keep(
      digest,
      JSON.stringify({
        mediaType: bundleType,
        verificationMaterial: { publicKey: { hint: 'key' } },
        dsseEnvelope: envelope,
      }),
      { [typeAnnotation]: predicateType },
    );
  }

  /** Keeps a blob as what refers to an image. The registry's own list has its annotations, and that of clients has not. */
  keep(digest: string, blob: string, annotations?: Record<string, string>): void {
    const of = { artifactType: bundleType, annotations };
    const manifest = this.put(JSON.stringify({ ...of, layers: [{ digest: this.put(blob) }] }));
    const tag = digest.replace(':', '-');
    const { manifests } = JSON.parse(this.content.get(tag) ?? '{"manifests":[]}');
    this.content.set(
      tag,
      JSON.stringify({
        manifests: [...manifests, { digest: manifest, ...(this.listsReferrers ? of : { artifactType: bundleType }) }],
      }),
    );
  }
}
