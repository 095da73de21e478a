import { ignoreEpipe } from '../lib/closed-pipe.ts';
import { faultText } from '../lib/errors.ts';
import { askOf, conditions, gateName, setQualityGate } from '../lib/quality-gate.ts';
import { oneLine } from '../lib/text.ts';

ignoreEpipe();
const help = `usage: scripts/quality-gate SERVER

Makes the pipeline's quality gate the default of a SonarQube server. It judges all of the code:
${conditions.map(({ metric, op, error }) => `  fails where ${metric} is ${op === 'GT' ? 'more' : 'less'} than ${error}`).join('\n')}
A project with a gate of its own keeps it; the pipeline refuses it until that gate has these conditions too, or stricter
ones. The embedded platform sets up its own server.

  SERVER  its address, as https://sonarqube.example

SONARQUBE_TOKEN: the token of a user who may administer quality gates.

exit status: 0 the gate is set, 1 the server refused or is unavailable, 2 wrong input
`;

const fail = (status: number, message: string): void => {
  console.error(`quality-gate: ${message}`);
  process.exitCode = status;
};

const [server = '', ...more] = process.argv.slice(2);
const token = process.env.SONARQUBE_TOKEN?.trim();
if (server === '--help' || server === '-h') process.stdout.write(help);
else if (more.length > 0 || !/^https?:\/\/[\w.-]+(:\d+)?(\/[\w./-]*[\w-])?$/.test(server))
  fail(2, faultText({ what: 'SERVER', given: [server, ...more].join(' '), allowed: 'one address, https://<host>' }));
else if (!token)
  fail(
    2,
    faultText({
      what: 'SONARQUBE_TOKEN',
      given: undefined,
      allowed: 'the token of a user who may administer quality gates',
    }),
  );
else
  try {
    const done = await setQualityGate(askOf(server, `Bearer ${token}`));
    console.log(done.length > 0 ? done.join('\n') : `unchanged: the default of ${server} is the gate ${gateName}`);
  } catch (error) {
    const { message, cause } = error as Error;
    fail(
      1,
      `${server}: ${oneLine((cause as Error | undefined)?.message || message, 300)}; correct that, then run again`,
    );
  }
