import { readFileSync } from 'node:fs';
import { Refused, secret, stepOf, text } from '../../lib/step.ts';
import { gateStatus, verdict } from './gate.ts';
import type { sonarScan } from './sonar-scan.ts';

/** Waits for the verdict on the analysis that the step before sent. */
await stepOf<typeof sonarScan, 'gate'>()({
  name: 'sonar-scan',
  env: {
    SCAN: text('the folder of the analysis'),
    SONAR_HOST_URL: text('the URL of the server'),
    SONAR_TOKEN: secret('a token of the server'),
  },
  results: ['summary'],
  refusal: ({ message }) => new Refused(gateStatus.notJudged, `not judged: ${message}`),
  run: async ({ SCAN, SONAR_HOST_URL: server, SONAR_TOKEN }) => {
    const report = readFileSync(`${SCAN}/work/report-task.txt`, 'utf8');
    const task = /^ceTaskId=(.*)$/m.exec(report)?.[1] ?? '';
    // The server is always the platform's, never the one in the file.
    const summary = await verdict({ server, token: SONAR_TOKEN.trim(), task });
    console.log(`sonar-scan: ${summary}`);
    return { summary };
  },
});
