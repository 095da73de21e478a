import { faultText, UserError } from '../lib/errors.ts';
import type { Mode } from './types.ts';
import type { Variable } from './variables.ts';

/** The variables of a Lambda; one that it has not been given reads as an error of the code. */
export type Config = (name: Variable) => string;

/** Throws UserError with all that is missing. */
export function readConfig(env: Record<string, string | undefined>, names: readonly Variable[]): Config {
  // Without Slack there is SNS.
  const missing = names.filter((name) => !env[name] && name !== 'DR_SLACK_SECRET' && name !== 'DR_LIVE');
  if (missing.length > 0)
    throw new UserError(
      missing.map((what) => faultText({ where: 'environment', what, given: '', allowed: 'a value' })),
    );
  return (name) => {
    if (!names.includes(name)) throw new Error(`${name}: not a variable of this function; add it in dr/lambdas.ts`);
    return env[name] ?? '';
  };
}

/** Why this installation does not act in this mode; empty where it does. Asked when a run is admitted, and by everything that changes something. */
export function forbidden(mode: Mode, config: Config): string[] {
  const allowed = config('DR_MODES')
    .split(',')
    .map((word) => word.trim());
  if (allowed.includes('live') && allowed.includes('rehearsal'))
    return [faultText({ where: 'DR_MODES', what: 'modes', given: allowed, allowed: 'live or rehearsal, never both' })];
  if (!allowed.includes(mode)) return [faultText({ what: 'mode', given: mode, allowed: allowed.join(', ') })];
  if (mode === 'live' && config('DR_LIVE') !== 'armed')
    return [
      faultText({ what: 'mode', given: mode, allowed: 'dry-run', cure: 'the installation is disarmed (DR_LIVE)' }),
    ];
  return [];
}
