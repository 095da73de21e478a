import { readFileSync } from 'node:fs';
import { request as plain } from 'node:http';
import { request as secure } from 'node:https';
import { join } from 'node:path';
import { label } from '../../lib/kube/labels.ts';
import { isEndNotified } from '../../lib/kube/notified.ts';

/** What the job needs of a PipelineRun. */
export type Run = {
  name: string;
  uid: string;
  resourceVersion: string;
  service: string | undefined;
  createdAt: string;
  /** Its Succeeded condition is True or False, which Tekton makes it once, for good. */
  isDone: boolean;
  /** The notifier told its end. */
  isTold: boolean;
};

export type Cluster = ReturnType<typeof openCluster>;

/** Runs a page; one is some 20 kB. */
const PAGE = 100;
const CALL_MS = 20_000;

// biome-ignore lint/suspicious/noExplicitAny: the API server's replies, of which a few fields are read
type Reply = any;

/**
 * The three questions about PipelineRuns of its own namespace, by Node alone: the usual client would make the program ten times as
 * large. `account` is the folder that the kubelet puts into a pod, with the token, the authority of the API server and the namespace.
 */
export function openCluster({ api, account, signal }: { api: string; account: string; signal: AbortSignal }) {
  const file = (name: string) => readFileSync(join(account, name), 'utf8').trim();
  const runs = `/apis/tekton.dev/v1/namespaces/${file('namespace')}/pipelineruns`;

  function ask(method: string, path: string, body?: object): Promise<{ status: number; reply: Reply }> {
    const where = `${api}: ${method} ${path.split('?')[0]}`;
    const url = new URL(path, api);
    const text = body && JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const asked = (url.protocol === 'https:' ? secure : plain)(
        url,
        {
          method,
          // Only this authority, and for these calls only: the forge's certificate is none of the cluster's business.
          ca: file('ca.crt'),
          headers: {
            accept: 'application/json',
            // Read each time: the kubelet renews it.
            authorization: `Bearer ${file('token')}`,
            ...(text ? { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) } : {}),
          },
          signal: AbortSignal.any([signal, AbortSignal.timeout(CALL_MS)]),
        },
        (answer) => {
          const chunks: Buffer[] = [];
          answer.on('data', (chunk) => chunks.push(chunk));
          answer.on('error', fail);
          answer.on('end', () => {
            const status = answer.statusCode ?? 0;
            try {
              resolve({ status, reply: JSON.parse(Buffer.concat(chunks).toString('utf8')) });
            } catch {
              reject(new Error(`${where}: ${status}: the reply broke off or is not JSON`));
            }
          });
        },
      );
      const fail = (error: Error) => {
        const isLate = error.name === 'AbortError' || error.name === 'TimeoutError';
        reject(new Error(`${where}: ${isLate ? `no answer within ${CALL_MS} ms` : error.message}`));
      };
      asked.on('error', fail);
      asked.end(text);
    });
  }

  const refusal = (what: string, status: number, reply: Reply) =>
    new Error(`${api}: ${what}: ${status} ${reply?.message ?? ''}`);

  return {
    async runs(): Promise<Run[]> {
      const found: Run[] = [];
      let next = '';
      do {
        const query = `?limit=${PAGE}${next && `&continue=${encodeURIComponent(next)}`}`;
        const { status, reply } = await ask('GET', runs + query);
        if (status !== 200) throw refusal('list runs', status, reply);
        found.push(...reply.items.map(runOf));
        next = reply.metadata?.continue ?? '';
      } while (next);
      return found;
    },

    async hasRun(name: string): Promise<boolean> {
      const { status, reply } = await ask('GET', `${runs}/${name}`);
      if (status !== 200 && status !== 404) throw refusal(`read run ${name}`, status, reply);
      return status === 200;
    },

    /** Deletes the run as it was read, and with it its pods and volumes; false where it has changed since, or is gone. */
    async deleteRun({ name, uid, resourceVersion }: Run): Promise<boolean> {
      const { status, reply } = await ask('DELETE', `${runs}/${name}`, {
        kind: 'DeleteOptions',
        apiVersion: 'v1',
        propagationPolicy: 'Background',
        preconditions: { uid, resourceVersion },
      });
      if (status === 404 || status === 409) return false;
      if (status !== 200 && status !== 202) throw refusal(`delete run ${name}`, status, reply);
      return true;
    },
  };
}

function runOf({ metadata, status }: Reply): Run {
  const succeeded = status?.conditions?.find(({ type }: { type: string }) => type === 'Succeeded')?.status;
  return {
    name: metadata.name,
    uid: metadata.uid,
    resourceVersion: metadata.resourceVersion,
    service: metadata.labels?.[label.service],
    createdAt: metadata.creationTimestamp,
    isDone: succeeded === 'True' || succeeded === 'False',
    isTold: isEndNotified(metadata.annotations),
  };
}
