/** The calls that no emulator has, on the wire: Global Accelerator (JSON 1.1), RDS (query and XML), EKS (REST). The model behind it is that of the proofs. */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answer } from './calls.testing.ts';
import type { Entry, Model } from './model.testing.ts';
import { errorOf, type Service, serviceOf, shapeOf, xml } from './shapes.testing.ts';

/** What a request says of itself; `service` and `region` from the scope of its signature. */
type Request = { call: string; input: Record<string, unknown>; service: string; region: string };

function read({ method, url = '', headers }: IncomingMessage, body: string): Request {
  const [, , region = '', service = ''] = /Credential=([^,]+)/.exec(headers.authorization ?? '')?.[1]?.split('/') ?? [];
  const target = headers['x-amz-target'] as string | undefined;
  if (target) return { call: target.split('.')[1] ?? '', input: JSON.parse(body), service, region };
  if (service === 'rds') {
    const { Action = '', Version: _, ...form } = Object.fromEntries(new URLSearchParams(body));
    const input = Object.fromEntries(
      Object.entries(form).map(([key, text]) => [key, /^(true|false)$/.test(text) ? text === 'true' : text]),
    );
    return { call: Action, input, service, region };
  }
  const [, , clusterName, , nodegroupName, rest] = url.split('?')[0]?.split('/') ?? [];
  const names = { clusterName, nodegroupName };
  return method === 'POST' && rest === 'update-config'
    ? { call: 'UpdateNodegroupConfig', input: { ...names, ...JSON.parse(body) }, service, region }
    : { call: 'DescribeNodegroup', input: names, service, region };
}

type Reply = { status: number; type: string; body: string; headers?: Record<string, string> };
const encodings: Record<
  Service,
  { answer(call: string, value: unknown): Reply; error(name: string, status: number): Reply }
> = {
  rds: {
    answer: (call, value) => ({
      status: 200,
      type: 'text/xml',
      body: `<${call}Response xmlns="http://rds.amazonaws.com/doc/2014-10-31/"><${call}Result>${xml(shapeOf(call, 'output'), value)}</${call}Result></${call}Response>`,
    }),
    error: (name, status) => ({
      status,
      type: 'text/xml',
      body: `<ErrorResponse><Error><Type>Sender</Type><Code>${name}</Code><Message>sent by the wire</Message></Error></ErrorResponse>`,
    }),
  },
  globalaccelerator: {
    answer: (_, value) => ({ status: 200, type: 'application/x-amz-json-1.1', body: JSON.stringify(value) }),
    error: (name, status) => ({
      status,
      type: 'application/x-amz-json-1.1',
      body: JSON.stringify({ __type: name, Message: 'sent by the wire' }),
    }),
  },
  eks: {
    answer: (_, value) => ({ status: 200, type: 'application/json', body: JSON.stringify(value) }),
    error: (name, status) => ({
      status,
      type: 'application/json',
      headers: { 'x-amzn-errortype': name },
      body: JSON.stringify({ message: 'sent by the wire' }),
    }),
  },
};

export type Wire = { endpoint: string; requests: Request[]; stop(): Promise<void> };

/** What the model answers with a lost answer stays unanswered: the connection is cut. */
export async function startWire(model: Model): Promise<Wire> {
  const requests: Request[] = [];
  const server = createServer(async (incoming, outgoing) => {
    let body = '';
    for await (const chunk of incoming) body += chunk;
    const request = read(incoming, body);
    requests.push(request);
    const { call, input, region } = request;
    const entry: Entry = { at: model.now, by: 'wire', from: 'wire', region, call, input };
    model.log.push(entry);
    const service = serviceOf(call) ?? 'rds';
    let reply: Reply;
    try {
      reply = encodings[service].answer(call, answer(model, entry));
    } catch (error) {
      const { name } = error as Error;
      if (name === 'TimeoutError') return void outgoing.destroy();
      reply = encodings[service].error(name, errorOf(service, name)?.status ?? 400);
    }
    outgoing.writeHead(reply.status, { 'content-type': reply.type, ...reply.headers }).end(reply.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
