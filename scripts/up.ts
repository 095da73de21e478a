import { command, usageError } from '../local/command.ts';
import { alone } from '../local/machine/lock.ts';
import { partNames } from '../local/phases.ts';
import { up } from '../local/up.ts';
import { storesByDefault } from '../overlays/sites/local.ts';

await command(
  `
scripts/up [--without sonarqube] [--without stores] [--without monitoring] [--replace]: builds the engines once and starts the whole platform on this machine

Kubernetes, Tekton, Argo CD, a git forge, an image registry and a Slack stand-in, in namespaces of their own. Run again, it does only
what is missing. If SLACK_WEBHOOK_URL is set, messages go there instead of to the stand-in.

  --without sonarqube   leave out the quality gate, which takes 2 GB; every message of a run says that it is off
  --without stores      leave out the databases and queues of the services, which take 0.8 GB; the services keep their data in memory
  --without monitoring  leave out Prometheus, its exporters and its alerts, which take 0.3 GB; no alert comes to Slack
  --replace             stop the platform of another checkout first; without it, up refuses

exit status: 0 up, 1 something failed (see the terminal, and the logs in /var/lib/gitops-platform/logs), 2 wrong arguments
`,
  ['--without', 'sonarqube', 'stores', 'monitoring', '--replace'],
  async (given) => {
    if (given.has('--without') !== partNames.some((name) => given.has(name))) throw usageError(given);
    const parts = {
      sonarqube: !given.has('sonarqube'),
      stores: storesByDefault && !given.has('stores'),
      monitoring: !given.has('monitoring'),
    };
    await alone(() => up({ ...parts, replace: given.has('--replace') }));
  },
  'run the same command again: it continues where it stopped',
);
