import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { oneLine } from '../../lib/text.ts';
import { gateStatus, Refused, verdict } from './gate.ts';

/** The last step of the sonar-scan Task: waits for the server's verdict on the analysis that the step before it sent. */
const given = (name: string): string => process.env[name] ?? '';

try {
  const report = readFileSync(`${given('SCAN')}/work/report-task.txt`, 'utf8');
  const task = /^ceTaskId=(.*)$/m.exec(report)?.[1] ?? '';
  // The server is the platform's, whatever the file says.
  const said = await verdict({ server: given('SONAR_HOST_URL'), token: given('SONAR_TOKEN').trim(), task });
  console.log(`sonar-scan: ${said}`);
  writeFileSync(given('RESULT_SUMMARY_PATH'), said);
} catch (error) {
  const { message } = error as Error;
  const [status, reason] =
    error instanceof Refused ? [error.status, message] : [gateStatus.notJudged, `not judged: ${message}`];
  console.error(`sonar-scan: ${reason}`);
  const told = oneLine(reason, 900);
  writeFileSync(given('RESULT_REASON_PATH'), told);
  if (status === gateStatus.red) {
    const red = `${given('VERDICT')}/red`;
    writeFileSync(`${red}.new`, told);
    renameSync(`${red}.new`, red);
  }
  process.exitCode = status;
}
