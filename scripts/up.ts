import { command, usageError } from '../local/command.ts';
import { alone } from '../local/machine/lock.ts';
import { up } from '../local/up.ts';

await command(
  `
scripts/up [--without sonarqube] [--replace]: builds the engines once and starts the whole platform on this machine

Kubernetes, Tekton, Argo CD, a git forge, an image registry and a Slack stand-in, in namespaces of their own. Run again, it does only
what is missing. If SLACK_WEBHOOK_URL is set, messages go there instead of to the stand-in.

  --without sonarqube   leave out the quality gate, which takes 2 GB; every message of a run says that it is off
  --replace             stop the platform of another checkout first; without it, up refuses

exit status: 0 up, 1 something failed (see the terminal, and the logs in /var/lib/gitops-platform/logs), 2 wrong arguments
`,
  ['--without', 'sonarqube', '--replace'],
  async (given) => {
    if (given.has('--without') !== given.has('sonarqube')) throw usageError(given);
    await alone(() => up({ sonarqube: !given.has('sonarqube'), replace: given.has('--replace') }));
  },
  'run the same command again: it continues where it stopped',
);
