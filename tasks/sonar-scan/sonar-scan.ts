import type { Images } from '../../lib/images.ts';
import { shell, task } from '../../lib/kube/tekton.ts';
import { copyStep } from '../steps/copy-step.ts';
import { cpuOf } from '../steps/shares.ts';
import { reportsFolder } from './coverage.ts';

/** Of the two JVMs of the scanner. They end before the second compiler and a parallel collector have earned what they cost. */
const java = '-XX:TieredStopAtLevel=1 -XX:+UseSerialGC';

/** Only the two steps that call the server have the token, and neither runs the code of a push. */
export const sonarScan = (images: Images, server: string) =>
  task({
    name: 'sonar-scan',
    description: 'Has SonarQube analyse the sources and their test coverage. Passes if the quality gate passes.',
    params: {
      service: "key of the project on the server: the service's name",
      commit: 'version of the analysis',
      settings: { list: 'settings of the analysis for the stack, as -Dname=value' },
    },
    results: { summary: 'verdict of the gate', reason: 'why it did not pass' },
    workspaces: {
      source: { readOnly: 'has the folder `repository`' },
      reports: { readOnly: 'what the tests left: coverage, compiled classes' },
      verdict: 'gets the reason of a red gate',
    },
    volumes: { scan: { empty: '2Gi' } },
    serviceAccount: 'scan',
    reaches: ['sonarqube'],
    // Of two simultaneous runs of a service, the server refuses the analysis that began earlier and arrives later; a retry is the later
    // one. A red gate is final.
    retries: 2,
    timeout: '15m0s',
    steps: ({ params, workspaces }) => {
      const token = { SONAR_TOKEN: { secret: 'sonarqube', key: 'token' } };
      const mounts = { scan: '/scan' };
      return [
        copyStep(
          images,
          { [`${workspaces.source}/repository`]: '/scan/sources', [workspaces.reports]: reportsFolder },
          mounts,
        ),
        {
          name: 'scan',
          image: images.sonarScanner,
          script: shell(new URL('./sonar-scan.sh', import.meta.url), 'step'),
          args: [params.settings],
          env: {
            SCAN: '/scan',
            VERDICT: workspaces.verdict,
            SONAR_HOST_URL: server,
            SONAR_SCANNER_OPTS: java,
            SONAR_SCANNER_JAVA_OPTS: java,
            SONAR_USER_HOME: '/scan/home',
            HOME: '/scan',
            TMPDIR: '/scan',
          },
          secrets: token,
          mounts,
          resources: { requests: { cpu: cpuOf.longestWay, memory: '512Mi' }, limits: { memory: '2Gi' } },
        },
        {
          name: 'gate',
          image: images.programs,
          program: new URL('./check-gate.ts', import.meta.url),
          args: [params.settings],
          env: { SCAN: '/scan', VERDICT: workspaces.verdict, SONAR_HOST_URL: server },
          secrets: token,
          mounts,
          resources: { requests: { cpu: '20m', memory: '96Mi' }, limits: { memory: '256Mi' } },
        },
      ];
    },
  });
