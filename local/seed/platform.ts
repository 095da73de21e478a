import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitingRelease } from '../../lib/release/releases.ts';
import { environments } from '../../overlays/environments/index.ts';
import type { LocalImages } from '../../overlays/sites/local.ts';
import { images } from '../images/phases.ts';
import { $, sleep, writeFile } from '../machine/process.ts';
import { type Parts, partNames, phase } from '../phases.ts';
import { repository } from '../topology.ts';
import { repositories } from './forge.ts';
import { inClone, push, services } from './git.ts';

/**
 * Commits the rendered tree of the local site to the platform repository. `releases/` there belongs to the pipeline and to
 * promotion: only services that were not released get a waiting one.
 */
async function seedPlatform(images: Partial<LocalImages>, parts: Parts): Promise<void> {
  const work = mkdtempSync(join(tmpdir(), 'render-'));
  try {
    writeFile(join(work, 'images.json'), JSON.stringify(images));
    const off = partNames.filter((name) => !parts[name]).flatMap((name) => ['--without', name]);
    await $`${process.execPath} ${repository}/scripts/render.ts --site local --images ${work}/images.json ${off} --out ${work}`;
    for (let tries = 0; ; tries++) {
      try {
        await inClone('platform', async (folder) => {
          rmSync(join(folder, 'rendered'), { recursive: true, force: true });
          cpSync(join(work, 'rendered'), join(folder, 'rendered'), { recursive: true });
          for (const { name: environment } of environments)
            for (const service of services) {
              const file = join(folder, 'releases', environment, service, 'kustomization.yaml');
              // One that waits may be of an earlier version, in another format.
              if (existsSync(file) && /^images:/m.test(readFileSync(file, 'utf8'))) continue;
              mkdirSync(join(file, '..'), { recursive: true });
              writeFile(file, waitingRelease(service));
            }
          await push(folder, 'Render the local site');
        });
        return;
      } catch (error) {
        // A release in between makes the push stale; the next attempt starts from it.
        if (tries >= 4) throw error;
        await sleep(500);
      }
    }
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

const { tools, kaniko, java, python, trivy, cosign, sonar, monitoring } = images.seoul;
export const platformRepository = phase({
  name: 'platform repository',
  needs: { repositories, tools, kaniko, java, python, trivy, cosign, sonar, monitoring },
  run: ({ tools, kaniko, java, python, trivy, cosign, sonar, monitoring }, wanted) =>
    seedPlatform(
      {
        git: tools.git,
        crane: tools.crane,
        kaniko: kaniko.kaniko,
        golang: tools.golang,
        maven: java.maven,
        python: python.python,
        programs: tools.programs,
        trivy: trivy.trivy,
        cosign: cosign.cosign,
        sonarScanner: sonar['sonar-scanner'],
        notifier: tools.notifier,
        ...(wanted.monitoring
          ? {
              prometheus: monitoring.prometheus,
              alertmanager: monitoring.alertmanager,
              kubeStateMetrics: monitoring['kube-state-metrics'],
              nodeExporter: monitoring['node-exporter'],
            }
          : {}),
        GO_IMAGE: tools.golang,
        RUNTIME_IMAGE: tools.static,
        MAVEN_IMAGE: java.maven,
        JAVA_IMAGE: java.jre,
        PYTHON_IMAGE: python.python,
      },
      wanted,
    ),
});
