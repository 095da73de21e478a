import { existsSync, readFileSync } from 'node:fs';
import { Refused, secret, stepOf, text } from '../../lib/step.ts';
import { coverageReport } from './coverage.ts';
import { gateStatus, verdict } from './gate.ts';
import type { sonarScan } from './sonar-scan.ts';

/** Waits for the verdict on the analysis that the step before sent. The arguments are the settings of the stack. */
await stepOf<typeof sonarScan, 'gate'>()({
  name: 'sonar-scan',
  env: {
    SCAN: text('the folder of the analysis'),
    SERVICE: text('the key of the project'),
    SONAR_HOST_URL: text('the URL of the server'),
    SONAR_TOKEN: secret('a token of the server'),
  },
  results: ['summary'],
  refusal: ({ message }) => new Refused(gateStatus.notJudged, `not judged: ${message}`),
  run: async ({ SCAN, SERVICE: service, SONAR_HOST_URL: server, SONAR_TOKEN }) => {
    const coverage = coverageReport(process.argv.slice(2), SCAN);
    if (coverage)
      console.log(
        `sonar-scan: coverage: ${coverage.fault ?? `${coverage.known} of ${coverage.files} files in the report are sources`}`,
      );
    const report = readFileSync(`${SCAN}/work/report-task.txt`, 'utf8');
    const task = /^ceTaskId=(.*)$/m.exec(report)?.[1] ?? '';
    // The server is always the platform's, never the one in the file.
    // The step before leaves it out, because it could name another server. Whoever wrote it expects otherwise.
    const note = existsSync(`${SCAN}/sources/sonar-project.properties`)
      ? '; sonar-project.properties: not read; the settings are those of the stack'
      : '';
    const summary = await verdict({ server, token: SONAR_TOKEN.trim(), task, service, coverage }).then(
      (passed) => `${passed}${note}`,
      (error) => {
        if (!(error instanceof Refused)) throw error;
        const { status, message, final, results } = error;
        throw new Refused(status, `${message}${note}`, { final, results });
      },
    );
    console.log(`sonar-scan: ${summary}`);
    return { summary };
  },
});
