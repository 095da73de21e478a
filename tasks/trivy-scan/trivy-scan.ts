import type { Images } from '../../lib/images.ts';
import { shell, task } from '../../lib/kube/tekton.ts';
import type { ScanDatabase } from '../../overlays/overlay.ts';

/** Nobody's code runs here, and there is no credential: a scanner reads what others built, with the most eventful parsers of all. */
export const trivyScan = (images: Images, database: ScanDatabase) => {
  const own = 'folder' in database;
  const maxHours = own ? '0' : String(database.maxHours);
  return task({
    name: 'trivy-scan',
    description: 'Scans a built image that is not pushed yet: a HIGH or CRITICAL finding that has a fix stops it.',
    params: { digest: 'what was built; nothing else is scanned' },
    results: {
      summary: 'how many were found',
      reason: 'why it did not pass',
    },
    workspaces: {
      source: { readOnly: 'has the folders `repository` and `image`' },
      bom: 'gets `bom.json`, what is in the image (CycloneDX)',
      verdict: 'gets what was found',
    },
    // Room for the databases of two mirrors: one may be passed over.
    volumes: { cache: { empty: '8Gi' }, scan: { empty: '256Mi' } },
    serviceAccount: 'scan',
    // Its node may be taken away, and a mirror may not answer. What was found is not looked for again.
    retries: 1,
    timeout: '10m0s',
    steps: ({ workspaces }) => {
      const common = { SOURCE: workspaces.source, SCAN: '/scan', DATABASE_NOTE: own ? database.note : '' };
      const mounts = { scan: '/scan' };
      const resources = { requests: { cpu: '50m', memory: '96Mi' }, limits: { memory: '256Mi' } };
      return [
        {
          name: 'ignores',
          image: images.programs,
          program: new URL('./read-ignores.ts', import.meta.url),
          env: common,
          mounts,
          resources,
        },
        {
          name: 'scan',
          image: images.trivy,
          script: shell(new URL('./trivy-scan.sh', import.meta.url), 'step'),
          env: {
            ...common,
            BOM: workspaces.bom,
            VERDICT: workspaces.verdict,
            DATABASE: own ? database.folder : '',
            MIRRORS: own ? '' : database.mirrors.join(' '),
            DATABASE_MAX_HOURS: maxHours,
            TMPDIR: '/cache',
          },
          mounts: { ...mounts, cache: '/cache' },
          resources: { requests: { cpu: '250m', memory: '256Mi' }, limits: { memory: '2Gi' } },
        },
        {
          name: 'judge',
          image: images.programs,
          program: new URL('./judge-report.ts', import.meta.url),
          env: {
            ...common,
            VERDICT: workspaces.verdict,
            DATABASE_MAX_HOURS: maxHours,
          },
          mounts,
          resources,
        },
      ];
    },
  });
};
