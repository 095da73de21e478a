import type { Images } from '../../lib/images.ts';
import { shell, task } from '../../lib/tekton.ts';

export const gitClone = (images: Images) =>
  task({
    name: 'git-clone',
    about: 'Puts the files of one commit of a private repository into the workspace, in the folder `repository`.',
    params: {
      repository: 'http(s) URL to clone from, without user and token',
      commit: 'the commit, 40 hex digits; never a branch, which may have moved on',
    },
    results: {},
    workspaces: { source: 'gets the folder `repository`' },
    serviceAccount: 'build',
    retries: 2,
    timeout: '5m0s',
    steps: (own) => [
      {
        name: 'clone',
        image: images.git,
        script: shell(new URL('./git-clone.sh', import.meta.url)),
        env: { SOURCE: own.workspaces.source },
        secrets: { FORGE_TOKEN: { secret: 'forge-read', key: 'token' } },
        resources: { cpu: '50m', memory: '64Mi', memoryLimit: '512Mi' },
      },
    ],
  });
