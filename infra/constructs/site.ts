import { CloudfrontCachePolicy } from '@cdktn/provider-aws/lib/cloudfront-cache-policy/index.js';
import {
  CloudfrontDistribution,
  type CloudfrontDistributionOrderedCacheBehavior,
} from '@cdktn/provider-aws/lib/cloudfront-distribution/index.js';
import { CloudfrontOriginAccessControl } from '@cdktn/provider-aws/lib/cloudfront-origin-access-control/index.js';
import { CloudfrontResponseHeadersPolicy } from '@cdktn/provider-aws/lib/cloudfront-response-headers-policy/index.js';
import { Route53Record } from '@cdktn/provider-aws/lib/route53-record/index.js';
import { basePath, timeoutMs } from '../../entrance/limits.ts';
import { routes } from '../../entrance/routes/index.ts';
import { bucketArn, bucketHost, entranceHosts, servicePrincipal, siteBucket } from '../../overlays/names.ts';
import type { Region } from '../../overlays/overlay.ts';
import { type At, idOf, type Scope } from '../stack.ts';
import { accessLog } from './access-log.ts';
import { bucket } from './buckets.ts';

/** Policies that AWS gives to every account, by id (CloudFront developer guide, "Use managed cache policies", "… origin request policies"). */
const managed = {
  cachingDisabled: '4135ea2d-6df8-44a3-9df3-4b5a84be39ad',
  cachingOptimized: '658327ea-f89d-4fab-a63d-7e88639e58f6',
  // Host has to be the origin's: API Gateway knows its private domain by it.
  allButHost: 'b689b0a8-53d0-40ab-baf2-68738e2966ac',
};

type Around = {
  domain: string;
  zone: string;
  certificate: string;
  webAcl: string;
  /** Where the static pages are. */
  home: Region;
  /** Where CloudFront is set up. */
  global: At;
  /** The value by which API Gateway knows this distribution. */
  apiKey: string;
};

/** Paths of the API whose answers are the same for all, with `*` for what is in braces, and for how long they are kept. */
export const cachedPaths = (): { pattern: string; seconds: number }[] =>
  routes.flatMap(({ path, cacheSeconds }) =>
    cacheSeconds === undefined ? [] : [{ pattern: basePath + path.replace(/\{\w+\}/g, '*'), seconds: cacheSeconds }],
  );

/** The site: static pages from S3, and the API behind the accelerator. All of it is set up in CloudFront's region, and none of it in a failover. */
export function site(scope: Scope, { domain, zone, certificate, webAcl, home, global, apiKey }: Around): void {
  const { stack } = scope;
  const provider = scope.provider('global');
  const hosts = entranceHosts(domain);
  const pages = siteBucket(home);
  const access = new CloudfrontOriginAccessControl(stack, 'pages-access', {
    provider,
    name: pages,
    originAccessControlOriginType: 's3',
    signingBehavior: 'always',
    signingProtocol: 'sigv4',
  });
  const headers = securityHeaders(scope, domain);
  const behaviour = { viewerProtocolPolicy: 'redirect-to-https', compress: true, responseHeadersPolicyId: headers };
  const api = { ...behaviour, viewerProtocolPolicy: 'https-only', targetOriginId: 'api' };
  const cached = cachedPaths().map(
    // The origin receives nothing that is not in the key: otherwise one request with a strange header would decide what all get.
    ({ pattern, seconds }): CloudfrontDistributionOrderedCacheBehavior => ({
      ...api,
      pathPattern: pattern,
      allowedMethods: ['GET', 'HEAD'],
      cachedMethods: ['GET', 'HEAD'],
      cachePolicyId: cacheFor(scope, seconds),
    }),
  );
  const distribution = new CloudfrontDistribution(stack, 'site', {
    provider,
    comment: hosts.site,
    enabled: true,
    aliases: [hosts.site],
    httpVersion: 'http2and3',
    isIpv6Enabled: true,
    // Asia is in it.
    priceClass: 'PriceClass_200',
    webAclId: webAcl,
    defaultRootObject: 'index.html',
    viewerCertificate: {
      acmCertificateArn: certificate,
      sslSupportMethod: 'sni-only',
      minimumProtocolVersion: 'TLSv1.2_2021',
    },
    restrictions: { geoRestriction: { restrictionType: 'none' } },
    // Otherwise it repeats each of them for ten seconds to everybody. AWS's lists of what is kept unasked differ over the years, so these are all that can be
    // set (API reference, CustomErrorResponse) but 416, which is never kept.
    customErrorResponse: [400, 403, 404, 405, 414, 500, 501, 502, 503, 504].map((errorCode) => ({
      errorCode,
      errorCachingMinTtl: 0,
    })),
    origin: [
      {
        originId: 'pages',
        domainName: bucketHost(pages, home),
        originAccessControlId: access.id,
      },
      {
        originId: 'api',
        domainName: hosts.origin,
        customHeader: [{ name: 'x-api-key', value: apiKey }],
        customOriginConfig: {
          httpPort: 80,
          httpsPort: 443,
          originProtocolPolicy: 'https-only',
          originSslProtocols: ['TLSv1.2'],
          // A second more than API Gateway waits, so that people get its answer.
          originReadTimeout: timeoutMs / 1000 + 1,
          originKeepaliveTimeout: 60,
        },
      },
    ],
    defaultCacheBehavior: {
      ...behaviour,
      targetOriginId: 'pages',
      allowedMethods: ['GET', 'HEAD'],
      cachedMethods: ['GET', 'HEAD'],
      cachePolicyId: managed.cachingOptimized,
    },
    orderedCacheBehavior: [
      ...cached,
      {
        ...api,
        pathPattern: `${basePath}/*`,
        originRequestPolicyId: managed.allButHost,
        allowedMethods: ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT'],
        cachedMethods: ['GET', 'HEAD'],
        cachePolicyId: managed.cachingDisabled,
      },
    ],
    lifecycle: { preventDestroy: true },
  });
  bucket(scope, home, pages, {
    days: 30,
    statements: [
      {
        sid: 'Distribution',
        actions: ['s3:GetObject'],
        resources: [`${bucketArn(pages)}/*`],
        principals: { Service: [servicePrincipal('cloudfront')] },
        conditions: { StringEquals: { 'AWS:SourceArn': distribution.arn } },
      },
    ],
  });
  accessLog(scope, global, distribution.arn);
  for (const type of ['A', 'AAAA'])
    new Route53Record(stack, `site-${type}`, {
      provider,
      zoneId: zone,
      name: hosts.site,
      type,
      alias: { name: distribution.domainName, zoneId: distribution.hostedZoneId, evaluateTargetHealth: false },
    });
}

/** So short that nobody sees an old seat map for long, and long enough that a rush asks the gateway once a second. */
const cacheFor = (scope: Scope, seconds: number): string => {
  const id = `cache-${idOf(`${seconds}`)}-seconds`;
  const before = scope.stack.node.tryFindChild(id) as CloudfrontCachePolicy | undefined;
  const none = { cookieBehavior: 'none' };
  return (
    before ??
    new CloudfrontCachePolicy(scope.stack, id, {
      provider: scope.provider('global'),
      name: `tickets-${seconds}-seconds`,
      minTtl: 0,
      defaultTtl: seconds,
      maxTtl: seconds,
      parametersInCacheKeyAndForwardedToOrigin: {
        cookiesConfig: none,
        headersConfig: { headerBehavior: 'none' },
        queryStringsConfig: { queryStringBehavior: 'none' },
      },
    })
  ).id;
};

/** What browsers get with every answer, of the API's too: TLS for two years, and nothing of other sites. */
const securityHeaders = (scope: Scope, domain: string): string => {
  const { signIn } = entranceHosts(domain);
  const talksTo = ["'self'", ...Object.values(signIn).map((host) => `https://${host}`)].join(' ');
  return new CloudfrontResponseHeadersPolicy(scope.stack, 'security-headers', {
    provider: scope.provider('global'),
    name: 'tickets-security',
    securityHeadersConfig: {
      strictTransportSecurity: {
        accessControlMaxAgeSec: 2 * 365 * 24 * 3600,
        includeSubdomains: true,
        preload: true,
        override: true,
      },
      contentTypeOptions: { override: true },
      frameOptions: { frameOption: 'DENY', override: true },
      referrerPolicy: { referrerPolicy: 'no-referrer', override: true },
      contentSecurityPolicy: {
        contentSecurityPolicy: `default-src 'self'; connect-src ${talksTo}; frame-ancestors 'none'; base-uri 'none'`,
        override: true,
      },
    },
  }).id;
};
