import { NotYet } from '../errors.ts';
import type { Ports } from '../ports.ts';
import { agreed } from '../sight.ts';
import type { Seoul } from '../types.ts';

/**
 * What Tokyo sees and the witness saw. Either alone may be cut off itself, so both have to say it. Throws NotYet while they do not know
 * of the database or the services: not everything fails in the same ten seconds, and an alarm comes only once.
 */
export async function healthcheckSeoul({ seoul }: Pick<Ports, 'seoul'>): Promise<Seoul> {
  const [writer, app, region, witness] = await Promise.all([
    seoul.writer(),
    seoul.app(),
    seoul.region(),
    seoul.witness(),
  ]);
  const seen = [
    `Tokyo: database ${writer}, services ${app}, region ${region}`,
    `witness: database ${witness.writer}, services ${witness.app}, region ${witness.region}`,
  ];
  const both = {
    writer: agreed(writer, witness.writer),
    app: agreed(app, witness.app),
    region: agreed(region, witness.region),
  };
  if (both.writer === 'unknown' || both.app === 'unknown') throw new NotYet(seen.join('\n'));
  return { ...both, seen };
}
