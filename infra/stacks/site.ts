import { ApiGatewayApiKey } from '@cdktn/provider-aws/lib/api-gateway-api-key/index.js';
import { aws } from '../../overlays/sites/aws.ts';
import { certificate, publicZone } from '../constructs/certificates.ts';
import { publish } from '../constructs/published.ts';
import { site as makeSite } from '../constructs/site.ts';
import { webAcl } from '../constructs/web-acl.ts';
import type { Stack } from '../stack.ts';

/** What people reach: CloudFront with its firewall, its certificate and the static pages, and the key by which API Gateway knows it. */
export const site: Stack = {
  name: 'site',
  state: 'tokyo',
  places: ['global', 'tokyo', 'seoul'],
  build: (scope, { regions, global }) => {
    const { domain } = aws.ingress;
    const zone = publicZone(scope, 'tokyo', domain);
    // One value in both regions: CloudFront asks whichever answers.
    const key = (name: 'seoul' | 'tokyo', value?: string) =>
      new ApiGatewayApiKey(scope.stack, `key-${name}`, {
        provider: scope.provider(name),
        name: 'site',
        description: 'By it API Gateway knows the distribution of the site',
        ...(value === undefined ? {} : { value }),
      });
    const first = key('tokyo');
    publish(scope, 'site-key-tokyo', first.id);
    publish(scope, 'site-key-seoul', key('seoul', first.value).id);
    makeSite(scope, {
      domain,
      zone,
      certificate: certificate(scope, global, zone, domain),
      webAcl: webAcl(scope),
      home: regions.tokyo,
      global,
      apiKey: first.value,
    });
  },
};
