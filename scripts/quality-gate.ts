import { outliveReaders } from '../lib/closed-pipe.ts';
import { askOf, conditions, gateName, setQualityGate } from '../lib/quality-gate.ts';
import { oneLine } from '../lib/text.ts';

outliveReaders();
const help = `usage: scripts/quality-gate SERVER

Makes the default quality gate of a SonarQube server the one that the pipeline promises, over all of the code:
${conditions.map(({ metric, op, error }) => `  fails where ${metric} is ${op === 'GT' ? 'more' : 'less'} than ${error}`).join('\n')}
What is so already stays; a project that has a gate of its own keeps it, and is refused until that has these conditions
too, or stricter ones. The embedded platform does this to its own server by itself.

  SERVER  its address, as https://sonarqube.example

SONARQUBE_TOKEN is the token of a user who may administer quality gates.

exit status: 0 the server judges by these, 1 it refused or is out of reach, 2 wrong input
`;

const fail = (status: number, message: string): void => {
  console.error(`quality-gate: ${message}`);
  process.exitCode = status;
};

const [server = '', ...more] = process.argv.slice(2);
const token = process.env.SONARQUBE_TOKEN?.trim();
if (server === '--help' || server === '-h') process.stdout.write(help);
else if (more.length > 0 || !/^https?:\/\/[\w.-]+(:\d+)?(\/[\w./-]*[\w-])?$/.test(server))
  fail(2, `SERVER: given ${JSON.stringify([server, ...more].join(' '))}, allowed is one address, https://<host>`);
else if (!token) fail(2, 'SONARQUBE_TOKEN is not set: give the token of a user who may administer quality gates');
else
  try {
    const done = await setQualityGate(askOf(server, `Bearer ${token}`));
    console.log(done.length > 0 ? done.join('\n') : `unchanged: ${server} judges by the gate ${gateName}`);
  } catch (error) {
    const { message, cause } = error as Error;
    fail(1, `${server}: ${oneLine((cause as Error | undefined)?.message || message, 300)}; run again when it is cured`);
  }
