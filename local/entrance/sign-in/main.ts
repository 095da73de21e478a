/**
 * The sign-in of the embedded platform, in place of Amazon Cognito: oidc-provider, a certified OpenID provider, one for each pool, chosen by the
 * host. What it does not do, and Cognito does: second factors, mails, resets of passwords, slowing down who guesses. It keeps sessions in memory.
 * Run: node main.ts SETTINGS
 */
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { pools } from '../../../entrance/tokens.ts';
import { accounts, subjectOf } from './accounts.ts';
import { signInPath } from './names.ts';
import { page } from './page.ts';
import { type PoolSettings, providerOf } from './provider.ts';

export type SignInSettings = {
  host: string;
  port: number;
  /** Makes subjects of names. */
  subjectKey: string;
  pools: (PoolSettings & { accounts: string; staff?: { name: string; password: string } })[];
};

const mostForm = 4096;
async function form(request: IncomingMessage): Promise<URLSearchParams> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) {
    text += chunk;
    if (text.length > mostForm) throw new Error(`form: given more than ${mostForm} characters`);
  }
  return new URLSearchParams(text);
}

function pool(settings: SignInSettings['pools'][number], subjectKey: string) {
  const provider = providerOf(settings);
  const { signUp } = pools[settings.pool];
  const people = accounts(settings.accounts, signUp === 'anybody');
  if (settings.staff) people.add(settings.staff.name, settings.staff.password);
  provider.on('server_error', (_, error) => console.error(`${settings.pool}: ${error.message}`));
  const others = provider.callback();

  const show = (response: ServerResponse, status: number, fault?: string) => {
    response.writeHead(status, {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
      'cache-control': 'no-store',
    });
    response.end(page(settings.pool, fault));
  };
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (!request.url?.startsWith(signInPath)) return others(request, response);
    try {
      await provider.interactionDetails(request, response);
    } catch {
      return show(response, 400, 'this sign-in has ended; begin again at the site');
    }
    if (request.method !== 'POST') return show(response, 200);
    const given = await form(request);
    const name = (given.get('name') ?? '').trim().toLowerCase();
    const fault = people.signIn(name, given.get('password') ?? '');
    if (fault) return show(response, 401, fault);
    const accountId = subjectOf(subjectKey, settings.pool, name);
    await provider.interactionFinished(request, response, { login: { accountId } }, { mergeWithLastSubmission: false });
  };
}

export function signInServer({ subjectKey, pools: all }: Pick<SignInSettings, 'subjectKey' | 'pools'>) {
  const byHost = new Map(all.map((one) => [new URL(one.issuer).hostname, pool(one, subjectKey)]));
  return createServer((request, response) => {
    const host = (request.headers.host ?? '').replace(/:\d+$/, '');
    const own = byHost.get(host);
    if (!own) {
      response.writeHead(404).end();
      return;
    }
    own(request, response).catch((error: Error) => {
      console.error(error.message);
      if (!response.headersSent) response.writeHead(400, { connection: 'close' });
      response.end();
    });
  });
}

if (import.meta.main) {
  const settings: SignInSettings = JSON.parse(readFileSync(process.argv[2] as string, 'utf8'));
  signInServer(settings).listen(settings.port, settings.host, () =>
    console.log(`listening at ${settings.host}:${settings.port}: a stand-in for Amazon Cognito`),
  );
}
