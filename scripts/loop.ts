import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../lib/errors.ts';
import { resultOf, taskName } from '../lib/kube/objects.ts';
import { command, usageError } from '../local/command.ts';
import { binary } from '../local/engines/engines.ts';
import { call, versionUrl } from '../local/entrance/caller.ts';
import { cloneService, commitAndPush, follow, slackMessages } from '../local/loop.ts';
import { until } from '../local/machine/process.ts';
import { taskRuns } from '../local/region/cluster.ts';
import { kubeconfig } from '../local/region/region.ts';
import { services } from '../local/seed/git.ts';
import { notifiesRealSlack, notUp } from '../local/status/stamp.ts';
import { seoul } from '../local/topology.ts';
import { firstEnvironment } from '../overlays/environments/index.ts';

await command(
  `
scripts/loop [SERVICE]: changes a service, pushes it with git, and follows it to dev and Slack

SERVICE is one of ${services.join(', ')}; default is ticket.

Shows each stage with the seconds since the push, then the reply of the service and the messages in Slack.

exit status: 0 dev serves the pushed commit and Slack is notified, 1 not, 2 wrong arguments
`,
  services,
  async (given) => {
    if (given.size > 1) throw usageError(given, 'one service');
    const [service = 'ticket'] = given;
    const why = await notUp();
    if (why) throw new UserError(why);
    const { folder, remove } = await cloneService(service);
    for (const [signal, number] of Object.entries({ SIGHUP: 1, SIGINT: 2, SIGTERM: 15 }))
      process.once(signal, () => {
        remove();
        process.exit(128 + number);
      });
    try {
      const change = `Changed by scripts/loop at ${new Date().toISOString()}`;
      writeFileSync(join(folder, 'change.txt'), `${change}\n`);
      const begin = Date.now();
      const commit = await commitAndPush(folder, `${change}\n`);
      const since = Date.now();
      console.log(
        `   0.0 s  pushed ${commit.slice(0, 12)} with git in ${((since - begin) / 1000).toFixed(1)} s: ${change}`,
      );
      const story = await follow(
        service,
        commit,
        since,
        900,
        (line) => console.log(`${((Date.now() - since) / 1000).toFixed(1).padStart(6)} s  ${line}`),
        notifiesRealSlack(),
      );
      if (story.failure)
        throw new UserError(
          `the loop did not close: ${story.failure}\nread its logs: ${binary('kubernetes', 'kubectl')} --kubeconfig ${kubeconfig(seoul)} -n ci logs -l tekton.dev/pipelineRun=${story.run} --all-containers --prefix --tail=50`,
        );
      // image-replicate runs beside release, and may end later.
      const replica = await until('image-replicate', 180, async () => {
        const tasks = await taskRuns(story.run).catch(() => []);
        const copy = tasks.find((task) => taskName(task) === 'image-replicate');
        return resultOf(copy, 'outcome');
      }).catch(() => 'late');
      console.log(
        `\n${
          replica === 'confirmed'
            ? 'Seoul and Tokyo have the image under the same digest.'
            : `Tokyo lacks the image or its signatures: the job backfill-replicas copies them within minutes, and scripts/promote ${service} dr refuses until then.`
        }`,
      );
      const environment = firstEnvironment.name;
      console.log(`\n$ curl --header "Authorization: Bearer $TOKEN" ${versionUrl(service, environment)}`);
      console.log(JSON.stringify((await call({ service, environment, path: '/version' })).body));
      if (!notifiesRealSlack())
        for (const { shown } of (await slackMessages()).filter(({ shown }) => shown.includes(commit.slice(0, 7))))
          console.log(`\n${shown}`);
    } finally {
      remove();
    }
  },
);
