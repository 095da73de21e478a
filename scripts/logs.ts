import { UserError } from '../lib/errors.ts';
import { command, usageError } from '../local/command.ts';
import { isRequestId, linesOfRequest, shown } from '../local/logs/find.ts';
import { logBuckets } from '../local/logs/settings.ts';
import { refuseOther } from '../local/status/checkout.ts';
import { storesAreUp } from '../local/stores/stores.ts';
import { regions } from '../local/topology.ts';

/** Says how far it has come, every two seconds. */
function showProgress(now: () => number): (read: number, of: number) => void {
  let loggedAt = now();
  return (read, of) => {
    if (now() - loggedAt < 2000) return;
    loggedAt = now();
    console.error(`read ${read} of ${of} files`);
  };
}

const given = process.argv.slice(2);
const ids = given.filter((argument) => isRequestId(argument) && !argument.startsWith('-'));

await command(
  `
scripts/logs REQUEST_ID [--week]: prints every line that the services wrote for one request, of all services and both regions, by its time

The id is in the answer's header X-Request-Id. Lines are in S3 some five seconds after they were written. Without --week it looks at the files of
today and yesterday, by UTC.

exit status: 0 found, 1 no line has the id, or the platform is down, 2 wrong arguments
`,
  [...ids, '--week'],
  async (asked) => {
    const [id] = ids;
    if (ids.length !== 1 || id === undefined) throw usageError(asked, 'one id of a request');
    refuseOther();
    if (!regions.some(storesAreUp))
      throw new UserError('the stores of the embedded platform are down: start it with scripts/up');
    const days = asked.has('--week') ? 7 : 2;
    const { lines, unread } = await linesOfRequest(logBuckets(), id, days, new Date(), showProgress(Date.now));
    for (const line of lines) console.log(shown(line));
    for (const why of unread) console.error(`not read: ${why}`);
    if (lines.length === 0)
      throw new UserError(`request: given ${id}, of which no line is there; ask again in some seconds`);
  },
);
