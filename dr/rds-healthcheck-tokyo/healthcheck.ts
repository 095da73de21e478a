import type { Ports } from '../ports.ts';
import type { Tokyo } from '../types.ts';

/** Whether Tokyo could take over. What cannot be read is unknown, and then no branch promotes. */
export async function healthcheckTokyo({ database, tokyoApp }: Pick<Ports, 'database' | 'tokyoApp'>): Promise<Tokyo> {
  const [status, candidate, app] = await Promise.all([
    database.status().catch(() => undefined),
    database.candidate().catch(() => undefined),
    tokyoApp(),
  ]);
  return {
    role: status?.role ?? 'unknown',
    // While it is promoted it is not available for a while, and that is no fault.
    database: candidate === undefined ? 'unknown' : candidate.available || status?.role === 'promoting' ? 'ok' : 'fail',
    app,
  };
}
