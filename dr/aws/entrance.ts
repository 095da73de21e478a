import { request as overTls } from 'node:https';
import {
  GetSecretValueCommand,
  type GetSecretValueCommandOutput,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { basePath } from '../../entrance/limits.ts';
import { routes } from '../../entrance/routes/index.ts';
import { clients, fullScope } from '../../entrance/tokens.ts';
import { reasonOf } from '../../lib/log.ts';
import type { Config } from '../config.ts';
import type { Ports } from '../ports.ts';
import { once, tokyo } from './clients.ts';

const secrets = once((options) => new SecretsManagerClient(options));

/** Milliseconds of one request. A gateway whose link was asleep takes longer, and that has to be reported. */
const timeoutMs = 5000;

/** What the canary shows: the secret of its client at the pool of staff, and its key at the gateway. */
type Credentials = { client: string; secret: string; key: string };

type Asked = { host: string; as: string; path: string; headers: Record<string, string> };

/** The status of an answer. `host` is asked under the name `as`, which TLS and the gateway know it by. */
export const statusOf = ({ host, as, path, headers }: Asked, request: typeof overTls = overTls): Promise<number> =>
  new Promise((resolve, reject) => {
    const [hostname, port] = host.split(':');
    const asked = request(
      {
        hostname,
        ...(port && { port }),
        servername: as,
        path,
        headers: { ...headers, host: as },
        // Never a connection of before: a new one shows that the way is there.
        agent: false,
        signal: AbortSignal.timeout(timeoutMs),
      },
      (answer) => {
        answer.resume();
        resolve(answer.statusCode ?? 0);
      },
    );
    asked.once('error', reject);
    asked.end();
  });

async function tokenOf(url: string, { client, secret }: Credentials): Promise<string> {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`${client}:${secret}`).toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      scope: clients.canary.scopes.map(fullScope).join(' '),
    }),
    signal: AbortSignal.timeout(timeoutMs),
    redirect: 'error',
  });
  if (!response.ok) throw new Error(`given ${response.status}, allowed 200`);
  return ((await response.json()) as { access_token: string }).access_token;
}

/** What the canary sees: each service by the whole way, from the edge to the service and back, as a customer of a failover would come. */
export const awsEntrance =
  (config: Config, own = { secrets, statusOf }): Ports['entrance'] =>
  async () => {
    const { SecretString = '' } = (await own
      .secrets(tokyo)
      .send(new GetSecretValueCommand({ SecretId: config('DR_CANARY_SECRET') }))) as GetSecretValueCommandOutput;
    const credentials = JSON.parse(SecretString) as Credentials;
    let token: string;
    try {
      token = await tokenOf(config('DR_CANARY_TOKEN'), credentials);
    } catch (error) {
      return [`sign-in: ${reasonOf(error)}`];
    }
    const probes = routes.filter(({ access }) => access !== 'public' && access.includes('probe'));
    const faults = await Promise.all(
      probes.map(async ({ path }) => {
        const asked = {
          host: config('DR_ENTRANCE_TOKYO'),
          as: config('DR_ENTRANCE_NAME'),
          path: basePath + path,
          headers: { authorization: `Bearer ${token}`, 'x-api-key': credentials.key },
        };
        const given = await own.statusOf(asked).catch(reasonOf);
        return given === 200 ? [] : [`${path}: given ${given}, allowed 200`];
      }),
    );
    return faults.flat();
  };
