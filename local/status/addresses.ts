import { environments } from '../../overlays/environments/index.ts';
import { binary } from '../engines/engines.ts';
import { secretsFile, siteHost } from '../entrance/settings.ts';
import { kubeconfig } from '../region/region.ts';
import { passwordFile, sonarPasswordFile } from '../seed/forge.ts';
import { argocdUrl, logs, ports, regions } from '../topology.ts';
import { hasMonitoring, hasSonarqube, hasStores, notifiesRealSlack } from './stamp.ts';

export function addresses(): string {
  return [
    `forge      http://localhost:${ports.forge.port}  (user developer, password in ${passwordFile}; git clone http://localhost:${ports.forge.port}/tickets/ticket.git)`,
    `argo cd    ${regions.map(argocdUrl).join(', ')}  (API; its web interface is not part of the Go module)`,
    `customers  ${environments.map(({ name }) => `http://${siteHost(name)}:${ports.site.port}/ (${name})`).join(', ')}; the API is below /api, and who is new signs up by signing in`,
    `staff      signs in with the name and the password in ${secretsFile()}`,
    ...(hasSonarqube()
      ? [`sonarqube  http://localhost:${ports.sonarqube.port}  (user admin, password in ${sonarPasswordFile})`]
      : []),
    ...(hasStores()
      ? [
          `stores     kafka, dynamodb, s3 and postgres at <engine>.<region>.internal; S3 also at ${[ports.s3, ports.tokyoS3].map(({ port }) => `http://localhost:${port}`).join(', ')}`,
        ]
      : ['stores     none: the services keep their data in memory']),
    hasMonitoring()
      ? 'monitoring Prometheus of a region: kubectl port-forward -n monitoring deployment/prometheus 9090, then http://localhost:9090/api/v1/alerts (its pages are not part of the Go module)'
      : 'monitoring none: nothing watches the platform',
    `slack      http://localhost:${ports.slack.port}/  (${notifiesRealSlack() ? 'unused: the real Slack is notified' : 'a stand-in'})`,
    `registry   http://localhost:${ports.registry.port}/v2/_catalog, http://localhost:${ports.tokyoRegistry.port}/v2/_catalog`,
    ...regions.map((region) => `${region.name.padEnd(10)} export KUBECONFIG=${kubeconfig(region)}`),
    `kubectl    ${binary('kubernetes', 'kubectl')}`,
    `logs       ${logs}`,
  ].join('\n');
}
