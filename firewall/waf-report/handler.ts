import { faultText, UserError } from '../../lib/errors.ts';
import { jsonLog, reasonOf } from '../../lib/log.ts';
import { lambdas, type Variable, windowTimes } from '../lambdas.ts';
import { awsClients, awsPorts, type Clients, type Values } from './aws.ts';
import { report } from './report.ts';

/** The variables of the function. Throws UserError with all that is missing. */
export function readValues(env: Record<string, string | undefined>): Values {
  const names: readonly Variable[] = lambdas['waf-report'].environment;
  const missing = names.filter((name) => !env[name]);
  if (missing.length > 0)
    throw new UserError(
      missing.map((what) => faultText({ where: 'environment', what, given: '', allowed: 'a value' })),
    );
  return Object.fromEntries(names.map((name) => [name, env[name]])) as Values;
}

/** The Lambda. `awsRequestId` is the same in each try of one event. */
export function onLambda(env = process.env, clients: () => Clients = awsClients, log = jsonLog([])) {
  let made: { values: Values; ports: ReturnType<typeof awsPorts> } | undefined;
  return async (event: unknown, { awsRequestId }: { awsRequestId: string }): Promise<unknown> => {
    try {
      if (!made) {
        const values = readValues(env);
        made = { values, ports: awsPorts(values, clients()) };
      }
      const answer = await report(event, awsRequestId, made.ports, { bucket: made.values.WAF_BUCKET, ...windowTimes });
      log('info', 'waf-report', { ...answer });
      return answer;
    } catch (error) {
      log('error', 'waf-report', { error: (error as Error).name, reason: reasonOf(error) });
      throw error;
    }
  };
}

export const handler = onLambda();
