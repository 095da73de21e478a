import type { Images } from '../../lib/images.ts';
import { shell, task } from '../../lib/kube/tekton.ts';
import type { ScanDatabase } from '../../overlays/overlay.ts';
import { cpuOf } from '../steps/shares.ts';
import { ownCopy, verifyStep } from '../steps/verify-step.ts';

/** It has no credential and runs no code of a push: the scanner parses untrusted files of many formats. */
export const trivyScan = (images: Images, database: ScanDatabase) => {
  const own = 'folder' in database;
  const maxHours = own ? '0' : String(database.maxHours);
  return task({
    name: 'trivy-scan',
    description: 'Scans a built image before it is pushed. Refuses a HIGH or CRITICAL finding that has a fix.',
    params: { digest: 'digest of the built image; no other is scanned' },
    results: {
      summary: 'number of findings',
      reason: 'why it did not pass',
    },
    workspaces: {
      source: { readOnly: 'has the folders `repository` and `image`' },
      bom: 'gets `bom.json`, the bill of materials (CycloneDX)',
      verdict: 'gets the reason of a refusal',
    },
    // Room for the databases of two mirrors: an outdated one may be skipped.
    volumes: { cache: { empty: '8Gi' }, scan: { empty: '256Mi' }, ...ownCopy.volumes },
    serviceAccount: 'scan',
    reaches: own ? [] : ['internet'],
    // A spot node may be reclaimed, and a mirror may not answer. A finding is final.
    retries: 1,
    timeout: '10m0s',
    steps: ({ workspaces }) => {
      const common = { SCAN: '/scan', DATABASE_NOTE: own ? database.note : '' };
      const repository = { REPOSITORY: `${workspaces.source}/repository` };
      const mounts = { scan: '/scan' };
      const both = { ...mounts, ...ownCopy.mounts };
      const resources = { requests: { cpu: '50m', memory: '96Mi' }, limits: { memory: '256Mi' } };
      return [
        verifyStep(images, workspaces.source),
        {
          name: 'prepare',
          image: images.programs,
          program: new URL('./prepare-scan.ts', import.meta.url),
          env: { ...common, ...repository },
          mounts,
          resources,
        },
        {
          name: 'scan',
          image: images.trivy,
          script: shell(new URL('./trivy-scan.sh', import.meta.url), 'step'),
          env: {
            ...common,
            LAYOUT: ownCopy.layout,
            BOM: workspaces.bom,
            VERDICT: workspaces.verdict,
            DATABASE: own ? database.folder : '',
            MIRRORS: own ? '' : database.mirrors.join(' '),
            DATABASE_MAX_HOURS: maxHours,
            TMPDIR: '/cache',
          },
          mounts: { ...both, cache: '/cache' },
          resources: {
            requests: { cpu: cpuOf.besideIt, memory: '256Mi' },
            limits: { memory: '2Gi' },
            // Both databases of a mirror, unpacked, take 2 GB; the small one of a folder takes nothing.
            disk: { request: own ? '128Mi' : '2Gi', limit: '128Mi' },
          },
        },
        {
          name: 'judge',
          image: images.programs,
          program: new URL('./judge-report.ts', import.meta.url),
          env: {
            ...common,
            ...repository,
            LAYOUT: ownCopy.layout,
            VERDICT: workspaces.verdict,
            DATABASE_MAX_HOURS: maxHours,
          },
          mounts: both,
          resources,
        },
      ];
    },
  });
};
