import { createHmac } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ForgeAddress, type ForgeHead, forgeAddressOf, forgeFaults, openForge } from '../../lib/release/forge.ts';
import { isPipelines, wasReleased } from '../../lib/release/release-writer.ts';
import { parseRelease, type Release, releasePath } from '../../lib/release/releases.ts';
import { anySecret, anyText, jobOf, list, text, url, wholeNumber } from '../../lib/step.ts';
import { isRobots, pushOf, runOfPush } from '../../pipelines/deliver/push.ts';
import { openCluster, type Run } from './cluster.ts';
import type { RedeliverVariables } from './redeliver-pushes.ts';

/** Finished runs retained per service. */
const retained = 20;
const name = /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/;

/**
 * Redelivers pushes that started no run: the EventListener answers 202 before it creates a run, it may be down when a webhook arrives, and no
 * forge retries. The delivery is the forge's own, so it passes the same checks and gives its run the same name: a push that was not lost
 * after all still has one run.
 *
 * Starts a run again, too, when main was forced back to its commit, or forward again: no delivery makes a second run of one commit, so the
 * environment would stay on a commit that main has left. The run goes through every gate again, and its end is notified as that of any other; a
 * release without one would need the token that writes the platform repository.
 *
 * Deletes old runs too. It stores nothing.
 */
export const redeliverLost = () =>
  jobOf<RedeliverVariables>()({
    name: 'redeliver-pushes',
    env: {
      FORGE_KIND: anyText,
      FORGE_API: anyText,
      FORGE_OWNER: anyText,
      FORGE_TOKEN: anySecret,
      WEBHOOK_SECRETS: text('a folder with a file a service, the secret of its webhooks'),
      SERVICES: list('a list of DNS labels with a blank between them', name),
      ENVIRONMENT: text('the name of a folder in releases/', name),
      PLATFORM_REPOSITORY: text('the name of a repository', /^[A-Za-z0-9][-\w.]{0,99}$/),
      LISTENER: url,
      KUBERNETES_API: url,
      /** How long a webhook may take. */
      PATIENCE_SECONDS: wholeNumber(0, 999),
      /** How long the listener may take to create a run. */
      RUN_WITHIN_SECONDS: wholeNumber(0, 999),
      SERVICE_ACCOUNT: text('the folder of its files'),
    },
    faults: (given) => forgeFaults(forgeAddressOf(given)),
    run: async (env, complain) => {
      const [patienceMs, promptMs] = [env.PATIENCE_SECONDS * 1000, env.RUN_WITHIN_SECONDS * 1000];
      // 90 s for all requests.
      const signal = AbortSignal.timeout(patienceMs + promptMs + 90_000);
      const address = forgeAddressOf(env) as ForgeAddress;
      const forge = openForge(address, { signal });
      const secrets = secretsIn(env.WEBHOOK_SECRETS, env.SERVICES);
      const cluster = openCluster({ api: env.KUBERNETES_API, account: env.SERVICE_ACCOUNT, signal });

      /** Reports the error of one service, and lets the others go on. */
      const of = <T>(service: string, part: () => Promise<T>): Promise<T | undefined> =>
        part().catch((error: Error) => {
          complain(`${service}: ${withoutAny(secrets, error.message)}`);
          process.exitCode = 1;
          return undefined;
        });
      const runOf = (service: string, head: ForgeHead) => runOfPush(service, head.sha.slice(0, 12));

      const runs = await cluster.runs();
      const suspects = await Promise.all(
        env.SERVICES.map((service) =>
          of(service, async () => {
            const head = await forge.head(service);
            await of(service, () => prune(service, head));
            if (!head || isRobots(head)) return undefined;
            const run = runs.find(({ name }) => name === runOf(service, head));
            const left = await leftRelease(service, head);
            if (run) return left && isOver(run, left) ? { service, head, run } : undefined;
            // A new cluster has no runs. A released commit needs none, and must not come back after a rollback.
            const [platform, environment, commit] = [env.PLATFORM_REPOSITORY, env.ENVIRONMENT, head.sha];
            const released = !left && (await wasReleased(forge, { platform, environment, service, commit }));
            return released ? undefined : { service, head };
          }),
        ),
      );
      const lost = suspects.filter((suspect) => suspect !== undefined);
      if (lost.length === 0) return;
      // Its webhook may be on the way. The time of the push is unknown: the date of a commit is whatever the committer says.
      await sleep(patienceMs, undefined, { signal });
      await Promise.all(lost.map(({ service, head, run }) => of(service, () => redeliver(service, head, run))));

      /** The release that the environment has, if it is of another commit than the head; but not a person's, as in a rollback, while main has it. */
      async function leftRelease(service: string, head: ForgeHead): Promise<Release | undefined> {
        const [platform, environment] = [env.PLATFORM_REPOSITORY, env.ENVIRONMENT];
        const path = releasePath(environment, service);
        const file = await forge.readFile(platform, path);
        const release = file && parseRelease(file.text, service, path);
        if (!release || release.commit === head.sha) return undefined;
        if (await isPipelines(forge, { platform, environment, service })) return release;
        return (await forge.beyond(service, release.commit)) ? undefined : release;
      }

      /** Whether a run of the head ended before that of the release began. Later it is the run that was started again, and its end is notified. */
      function isOver(run: Run, release: Release): boolean {
        const released = runs.find(({ name }) => name === release.run);
        return run.isDone && run.isNotified && released !== undefined && run.createdAt <= released.createdAt;
      }

      async function redeliver(service: string, head: ForgeHead, old?: Run): Promise<void> {
        const run = runOf(service, head);
        // A newer push has a webhook of its own.
        if ((await forge.head(service))?.sha !== head.sha) return;
        if (old) {
          if (!(await cluster.deleteRunLast(old))) return;
          if (!(await until(async () => !(await cluster.hasRun(run)))))
            throw new Error(`run ${run} is still being deleted; the next job starts it again`);
        } else if (await cluster.hasRun(run)) return;
        const secret = secrets.get(service);
        if (!secret)
          throw new Error(`no secret of its webhooks in ${env.WEBHOOK_SECRETS}: make it, and give it to the forge`);
        await deliver(env.LISTENER, secret, JSON.stringify(pushOf(address.owner, service, head, !old)), signal);
        const why = old ? `main is at it again, and ${env.ENVIRONMENT} has another release` : 'it had no run';
        console.log(`redelivered the push of ${service} ${head.sha.slice(0, 12)}: ${why}`);
        if (!(await until(() => cluster.hasRun(run))))
          throw new Error(
            `the listener took the push of ${head.sha} and made no run ${run} within ${env.RUN_WITHIN_SECONDS} s; its log says why`,
          );
      }

      /** Whether it came true within the time that the listener has. */
      async function until(isSo: () => Promise<boolean>): Promise<boolean> {
        for (const end = Date.now() + promptMs; ; await sleep(250, undefined, { signal })) {
          if (await isSo()) return true;
          if (Date.now() >= end) return false;
        }
      }

      async function prune(service: string, head: ForgeHead | undefined): Promise<void> {
        const done = runs
          .filter((run) => run.service === service && run.isDone)
          .sort((a, b) => b.createdAt.localeCompare(a.createdAt));
        // The run of the head stays, or the head would count as lost. A run that is not notified yet stays for the notifier.
        const old = done
          .slice(retained)
          .filter((run) => run.isNotified && !(head && run.name === runOf(service, head)));
        let deleted = 0;
        try {
          for (const run of old) if (await cluster.deleteRun(run)) deleted++;
        } finally {
          if (deleted > 0) console.log(`deleted ${deleted} old ${deleted === 1 ? 'run' : 'runs'} of ${service}`);
        }
      }
    },
  });

if (import.meta.main) await redeliverLost();

/** By service. Not trimmed: every byte counts for the signature. */
function secretsIn(folder: string, services: string[]): Map<string, string> {
  return new Map(
    services
      .map((service) => [service, join(folder, service)] as const)
      .filter(([, file]) => existsSync(file))
      .map(([service, file]) => [service, readFileSync(file, 'utf8')]),
  );
}

function withoutAny(secrets: Map<string, string>, text: string): string {
  return [...secrets.values()]
    .map((secret) => secret.trim())
    .filter(Boolean)
    .reduce((all, secret) => all.replaceAll(secret, '***'), text);
}

async function deliver(listener: string, secret: string, body: string, signal: AbortSignal): Promise<void> {
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
