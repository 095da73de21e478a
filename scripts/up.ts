import { command } from '../local/command.ts';
import { up } from '../local/up.ts';

await command(
  `
scripts/up: builds the engines once and starts the whole platform on this machine

Kubernetes, Tekton, Argo CD, a git forge, an image registry and a Slack stand-in, in namespaces of their own. Run again, it does
only what is missing. SLACK_WEBHOOK_URL, if set, is told instead of the stand-in.

exit status: 0 up, 1 something failed (said on the terminal, logs in /var/lib/gitops-platform/logs), 2 wrong arguments
`,
  [],
  up,
);
