import { createHmac } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ForgeAddress, type ForgeHead, forgeFaults, openForge } from '../../lib/release/forge.ts';
import { wasReleased } from '../../lib/release/release-writer.ts';
import { oneLine, shown } from '../../lib/text.ts';
import { isRobots, pushOf, runOfPush } from '../../pipelines/deliver/push.ts';
import { openCluster } from './cluster.ts';

/**
 * Finds pushes that started no run and tells them again: the EventListener says 202 before it has made a run, a webhook may meet a
 * listener that is not there, and no forge repeats it. A push is told to the listener as the forge tells it, so it passes the same
 * checks and meets the same name: what was not lost after all is met twice, and there is one run.
 *
 * It also deletes old runs, which nobody else does. Everything comes by environment variables; it keeps nothing.
 */
const env = process.env;
const given = (name: string): string => env[name] ?? '';

/** Runs that are done, of each service, that stay to be looked at. */
const kept = 20;

const address = {
  kind: given('FORGE_KIND'),
  api: given('FORGE_API'),
  owner: given('FORGE_OWNER'),
  // A token that was put into its Secret from a file often ends with a newline.
  token: given('FORGE_TOKEN').trim(),
};
// As it is: the listener checks with every byte of it.
const secret = given('WEBHOOK_SECRET');
const services = given('SERVICES').split(' ').filter(Boolean);
const seconds = (name: string) => (/^\d{1,3}$/.test(given(name)) ? Number(given(name)) : undefined);
/** How long a head may be without a run: as long as its webhook may take. */
const patience = seconds('PATIENCE_SECONDS');
/** Within what time the listener makes a run of a push. */
const promptness = seconds('RUN_WITHIN_SECONDS');

const fault = (line: string): void => {
  // What others say may repeat what they were sent.
  const safe = [address.token, secret.trim()].reduce(
    (text, word) => (word ? text.replaceAll(word, '***') : text),
    line,
  );
  console.error(`redeliver-pushes: ${oneLine(safe, 2_000)}`);
  process.exitCode ||= 1;
};

const name = /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/;
const isUrl = (text: string) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
const wrong = (variable: string, allowed: string) =>
  `${variable}: ${shown(given(variable))} was given, allowed is ${allowed}`;
const faults = [
  ...forgeFaults(address),
  ...(secret ? [] : ['WEBHOOK_SECRET: nothing was given, allowed is the secret of the webhooks']),
  ...(services.length > 0 && services.every((service) => name.test(service))
    ? []
    : [wrong('SERVICES', 'a list of DNS labels with a blank between them')]),
  ...(name.test(given('ENVIRONMENT')) ? [] : [wrong('ENVIRONMENT', 'the name of a folder in releases/')]),
  ...(/^[A-Za-z0-9][-\w.]{0,99}$/.test(given('PLATFORM_REPOSITORY'))
    ? []
    : [wrong('PLATFORM_REPOSITORY', 'the name of a repository')]),
  ...['LISTENER', 'KUBERNETES_API']
    .filter((variable) => !isUrl(given(variable)))
    .map((variable) => wrong(variable, 'an http(s) URL')),
  ...['PATIENCE_SECONDS', 'RUN_WITHIN_SECONDS']
    .filter((variable) => seconds(variable) === undefined)
    .map((variable) => wrong(variable, '0 to 999')),
  ...(given('SERVICE_ACCOUNT') ? [] : ['SERVICE_ACCOUNT: nothing was given, allowed is the folder of its files']),
];

if (faults.length > 0) {
  process.exitCode = 2;
  fault(`environment variables: ${faults.join('; ')}`);
} else await redeliverPushes().catch((error: Error) => fault(error.message));

async function redeliverPushes(): Promise<void> {
  const patienceMs = (patience ?? 0) * 1000;
  const promptMs = (promptness ?? 0) * 1000;
  // A minute and a half for everything that is asked.
  const signal = AbortSignal.timeout(patienceMs + promptMs + 90_000);
  const forge = openForge(address as ForgeAddress, { signal });
  const cluster = openCluster({ api: given('KUBERNETES_API'), account: given('SERVICE_ACCOUNT'), signal });

  /** One service's part; its fault hinders no other. */
  const of = <T>(service: string, part: () => Promise<T>): Promise<T | undefined> =>
    part().catch((error: Error) => {
      fault(`${service}: ${error.message}`);
      return undefined;
    });
  const runOf = (service: string, head: ForgeHead) => runOfPush(service, head.sha.slice(0, 12));

  const runs = await cluster.runs();
  const names = new Set(runs.map((run) => run.name));
  const suspects = await Promise.all(
    services.map((service) =>
      of(service, async () => {
        const head = await forge.head(service);
        await of(service, () => prune(service, head));
        if (!head || isRobots(head) || names.has(runOf(service, head))) return undefined;
        // In a cluster made anew no run is left, and what was released needs none; after a rollback it must not come back.
        const [platform, environment, commit] = [given('PLATFORM_REPOSITORY'), given('ENVIRONMENT'), head.sha];
        return (await wasReleased(forge, { platform, environment, service, commit })) ? undefined : { service, head };
      }),
    ),
  );
  const lost = suspects.filter((suspect) => suspect !== undefined);
  if (lost.length === 0) return;
  // Its webhook may just be on the way. When it was pushed, no commit says: its date is the committer's, and may be any.
  await sleep(patienceMs, undefined, { signal });
  await Promise.all(lost.map(({ service, head }) => of(service, () => tellAgain(service, head))));

  async function tellAgain(service: string, head: ForgeHead): Promise<void> {
    const run = runOf(service, head);
    // A newer push has a webhook of its own to wait for.
    if ((await forge.head(service))?.sha !== head.sha || (await cluster.hasRun(run))) return;
    await tell(JSON.stringify(pushOf(address.owner, service, head)), signal);
    console.log(`told the push of ${service} ${head.sha.slice(0, 12)} again: it had no run`);
    for (const end = Date.now() + promptMs; ; await sleep(250, undefined, { signal })) {
      if (await cluster.hasRun(run)) return;
      if (Date.now() >= end)
        throw new Error(
          `the listener took the push of ${head.sha} and made no run ${run} within ${promptness} s; its log says why`,
        );
    }
  }

  async function prune(service: string, head: ForgeHead | undefined): Promise<void> {
    const done = runs
      .filter((run) => run.service === service && run.isDone)
      .sort((a, b) => b.createdAt.localeCompare(a.createdAt));
    // The head's run stays, or the head would be taken for a lost push; and nobody would be told of one that was not told yet.
    const old = done.slice(kept).filter((run) => run.isNotified && !(head && run.name === runOf(service, head)));
    let deleted = 0;
    try {
      for (const run of old) if (await cluster.deleteRun(run)) deleted++;
    } finally {
      if (deleted > 0) console.log(`deleted ${deleted} old ${deleted === 1 ? 'run' : 'runs'} of ${service}`);
    }
  }
}

async function tell(body: string, signal: AbortSignal): Promise<void> {
  const listener = given('LISTENER');
  const signature = createHmac('sha256', secret).update(body).digest('hex');
  const answer = await fetch(listener, {
    method: 'POST',
    redirect: 'error',
    headers: {
      'content-type': 'application/json',
      'x-github-event': 'push',
      'x-hub-signature-256': `sha256=${signature}`,
    },
    body,
    signal: AbortSignal.any([signal, AbortSignal.timeout(15_000)]),
  }).catch((error: Error) => {
    const cause = error.cause as Error | undefined;
    throw new Error(
      `${listener}: ${error.name === 'TimeoutError' ? 'no answer within 15 s' : (cause?.message ?? error.message)}`,
    );
  });
  await answer.body?.cancel();
  if (answer.status !== 202) throw new Error(`${listener}: ${answer.status}; 202 is what it says to a push`);
}
