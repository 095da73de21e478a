import { fileURLToPath } from 'node:url';
import { compareRegistries } from '../../jobs/backfill-replicas/backfill-replicas.ts';
import { hold } from '../../jobs/fence/fence.ts';
import { prune } from '../../jobs/prune-images/prune-images.ts';
import { redeliver } from '../../jobs/redeliver-pushes/redeliver-pushes.ts';
import type { Images } from '../../lib/images.ts';
import { bundlePath } from '../../lib/kube/tekton.ts';
import { deliver } from '../../pipelines/deliver/deliver.ts';

/** Every program of a step or a job, on any site: path in the image → source. The build of the image reads this. */
export function stepPrograms(): Record<string, string> {
  // Every Task of any site, with all of its steps.
  const { tasks } = deliver(
    {
      images: new Proxy({} as Images, { get: (_, name) => name }),
      registry: { insecure: false, copies: true, prunes: true },
      forge: { kind: 'github', url: '', api: '', owner: '', link: '' },
      signingKey: { secret: '' },
      scanDatabase: { mirrors: [], maxHours: 0 },
      sonarqube: { server: '' },
    },
    '',
  );
  const ofTasks = tasks.flatMap(({ steps }) => steps.flatMap(({ program }) => program ?? []));
  const programs: Record<string, string> = {};
  for (const program of [...ofTasks, compareRegistries, hold, prune, redeliver]) {
    const [path, source] = [bundlePath(program), fileURLToPath(program)];
    if ((programs[path] ?? source) !== source)
      throw new Error(`${path}: given ${programs[path]} and ${source}, allowed one program; rename one of the two`);
    programs[path] = source;
  }
  return programs;
}
