import type { Ports } from '../ports.ts';
import { agreed } from '../sight.ts';
import type { Seoul } from '../types.ts';

/** What Tokyo sees and the witness saw. Either alone may be cut off itself, so both have to say it. */
export async function healthcheckSeoul({ seoul }: Pick<Ports, 'seoul'>): Promise<Seoul> {
  const [writer, app, region, witness] = await Promise.all([
    seoul.writer(),
    seoul.app(),
    seoul.region(),
    seoul.witness(),
  ]);
  return {
    writer: agreed(writer, witness.writer),
    app: agreed(app, witness.app),
    region: agreed(region, witness.region),
    seen: [
      `Tokyo: database ${writer}, services ${app}, region ${region}`,
      `witness: database ${witness.writer}, services ${witness.app}, region ${witness.region}`,
    ],
  };
}
