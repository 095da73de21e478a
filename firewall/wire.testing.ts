/** S3, DynamoDB and Secrets Manager as far as the function asks them, on the wire. No AWS: it has what a test puts in. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

type Item = Record<string, { S?: string; N?: string; L?: { S: string }[] }>;
export type Wire = {
  endpoint: string;
  objects: Map<string, Buffer>;
  items: Map<string, Item>;
  secrets: Map<string, string>;
  requests: string[];
  /** Whose the bucket has to be, by each request to S3. */
  owners: (string | undefined)[];
  /** Status of S3's answers to come. */
  fails: number | undefined;
  stop(): Promise<void>;
};

/** The two expressions of the function, and no other. */
const conditions: Record<string, (item: Item | undefined, values: Item) => boolean> = {
  'attribute_not_exists(id) OR (attribute_not_exists(files) AND (#owner = :owner OR #until < :now))': (item, values) =>
    !item ||
    (!item.files && (item.owner?.S === values[':owner']?.S || Number(item.until?.N) < Number(values[':now']?.N))),
  '#owner = :owner': (item, values) => item?.owner?.S === values[':owner']?.S,
};

export async function startWire(): Promise<Wire> {
  const wire: Wire = {
    endpoint: '',
    stop: async () => {},
    owners: [],
    fails: undefined,
    objects: new Map(),
    items: new Map(),
    secrets: new Map(),
    requests: [],
  };
  const json = (response: ServerResponse, status: number, body: object) =>
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(body));

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, , region = ''] = /Credential=([^,]+)/.exec(request.headers.authorization ?? '')?.[1]?.split('/') ?? [];
    const target = (request.headers['x-amz-target'] as string | undefined)?.split('.')[1];
    const url = new URL(request.url ?? '', 'http://wire');
    wire.requests.push(`${region} ${target ?? `${request.method} ${decodeURIComponent(url.pathname)}`}`);
    const input = target ? JSON.parse(await text(request)) : undefined;
    if (target === 'GetSecretValue') {
      const SecretString = wire.secrets.get(region);
      if (SecretString === undefined) return void json(response, 400, { __type: 'ResourceNotFoundException' });
      return void json(response, 200, { SecretString });
    }
    if (input) {
      const id = (input.Item ?? input.Key).id.S as string;
      const item = wire.items.get(id);
      if (!conditions[input.ConditionExpression]?.(item, input.ExpressionAttributeValues))
        return void json(response, 400, {
          __type: 'com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException',
          message: 'The conditional request failed',
          ...(input.ReturnValuesOnConditionCheckFailure && item ? { Item: item } : {}),
        });
      wire.items.set(id, input.Item ?? { ...item, files: input.ExpressionAttributeValues[':files'] });
      return void json(response, 200, {});
    }
    wire.owners.push(request.headers['x-amz-expected-bucket-owner'] as string | undefined);
    if (wire.fails !== undefined) return void response.writeHead(wire.fails).end();
    // Keys begin behind /<bucket>/.
    const key = decodeURIComponent(url.pathname).split('/').slice(2).join('/');
    if (key === '') {
      const prefix = url.searchParams.get('prefix') ?? '';
      const found = [...wire.objects.keys()].filter((one) => one.startsWith(prefix));
      const xml = found.map((one) => `<Contents><Key>${one}</Key></Contents>`).join('');
      response.writeHead(200, { 'content-type': 'application/xml' });
      return void response.end(`<ListBucketResult>${xml}</ListBucketResult>`);
    }
    const object = wire.objects.get(key);
    if (object) return void response.writeHead(200, { 'content-length': object.length }).end(object);
    response.writeHead(404, { 'content-type': 'application/xml' }).end('<Error><Code>NoSuchKey</Code></Error>');
  }

  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(wire, {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
}
