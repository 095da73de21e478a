import { basename } from 'node:path';
import { copyPlain } from '../../lib/copy.ts';
import { list, stepOf } from '../../lib/step.ts';
import type { cacheSave } from '../cache-save/cache-save.ts';
import type { sonarScan } from '../sonar-scan/sonar-scan.ts';

/**
 * Copies folders that the code of a push could write, in the pod that reads them: a link to /proc/self/environ would upload a token as a
 * source, and a file of any size would fill the disk of the node.
 */
await stepOf<typeof sonarScan | typeof cacheSave, 'copy'>()({
  name: 'copy-plain',
  env: { COPIES: list('<folder>=<new folder> with blanks between them', /^\/[^=]*=\/[^=]*$/) },
  run: ({ COPIES }) => {
    for (const copy of COPIES) {
      const [from, to] = copy.split('=') as [string, string];
      const { entries, bytes, leftOut } = copyPlain(from, to);
      const rest = leftOut > 0 ? `; ${leftOut} links and special files are left out` : '';
      console.log(`copy-plain: ${basename(from)}: ${entries} entries, ${bytes} bytes${rest}`);
    }
  },
});
