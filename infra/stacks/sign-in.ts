import type { Pool } from '../../entrance/tokens.ts';
import { pools } from '../../entrance/tokens.ts';
import { entranceHosts } from '../../overlays/names.ts';
import { aws } from '../../overlays/sites/aws.ts';
import { certificate, publicZone } from '../constructs/certificates.ts';
import { publish } from '../constructs/published.ts';
import { pool } from '../constructs/sign-in.ts';
import type { Stack } from '../stack.ts';

/** Who customers and staff are. The pools are in Seoul; certificates of their pages are CloudFront's, so elsewhere. */
export const signIn: Stack = {
  name: 'sign-in',
  state: 'tokyo',
  places: ['seoul', 'tokyo', 'global'],
  build: (scope) => {
    const { domain } = aws.ingress;
    const hosts = entranceHosts(domain);
    const zone = publicZone(scope, 'tokyo', domain);
    for (const name of Object.keys(pools) as Pool[]) {
      const host = hosts.signIn[name];
      const arn = pool(scope, name, {
        host,
        certificate: certificate(scope, 'global', zone, host),
        zone,
        site: `https://${hosts.site}`,
      });
      publish(scope, `pool-${name}`, arn);
    }
  },
};
