import { jsonLog, reasonOf } from '../lib/log.ts';
import { type Config, readConfig } from './config.ts';
import { Permanent } from './errors.ts';
import { type Call, functions } from './functions.ts';
import { type FunctionName, lambdas } from './lambdas.ts';

type PortsOf<Name extends FunctionName> = Parameters<(typeof functions)[Name]>[1];
/** What Lambda passes beside the event. */
type Context = { invokedFunctionArn: string };

/**
 * The handler of a Lambda: reads its configuration, makes its ports once, and runs the function of dr/functions.ts. The account it runs
 * in has to be the one that it is configured for.
 */
export function onLambda<Name extends FunctionName>(
  name: Name,
  ports: (config: Config) => PortsOf<Name>,
  env = process.env,
  log = jsonLog([]),
) {
  let made: { config: Config; ports: PortsOf<Name> } | undefined;
  return async (call: Call, context: Context): Promise<unknown> => {
    try {
      if (!made) {
        const config = readConfig(env, lambdas[name].environment);
        const account = context.invokedFunctionArn.split(':')[4];
        if (account !== config('DR_ACCOUNT'))
          throw new Permanent(
            `account: given ${account}, allowed ${config('DR_ACCOUNT')}, for which the function is configured`,
          );
        made = { config, ports: ports(config) };
      }
      const run = functions[name] as (call: Call, ports: PortsOf<Name>, config: Config) => Promise<unknown>;
      const answer = await run(call, made.ports, made.config);
      log('info', name, { action: call.action, execution: call.execution, answer });
      return answer;
    } catch (error) {
      log('error', name, {
        action: call.action,
        execution: call.execution,
        error: (error as Error).name,
        reason: reasonOf(error),
      });
      throw error;
    }
  };
}
