import type { Site } from '../overlay.ts';
import { byRegion } from '../regions/index.ts';

/** Names and ports as pods use them; local/topology.ts has the addresses behind them. */
export const inside = {
  domain: 'localhost',
  forge: { host: 'forge.internal', port: 3000, owner: 'tickets' },
  slack: { host: 'slack.internal', port: 8800 },
  sonarqube: { host: 'sonarqube.internal', port: 9000 },
  registry: { seoul: 'registry.seoul.internal', tokyo: 'registry.tokyo.internal', port: 5000 },
};
const forgeUrl = `http://${inside.forge.host}:${inside.forge.port}`;

/** Images that the embedded platform builds itself, with digest; the names are those of the JSON file given to `--images`. */
export const localImageNames = [
  'git',
  'crane',
  'kaniko',
  'golang',
  'maven',
  'python',
  'programs',
  'trivy',
  'cosign',
  'sonarScanner',
  'notifier',
  'GO_IMAGE',
  'RUNTIME_IMAGE',
  'MAVEN_IMAGE',
  'JAVA_IMAGE',
  'PYTHON_IMAGE',
] as const;
export type LocalImages = Record<(typeof localImageNames)[number], string>;

/** The embedded platform on one machine; without SonarQube where memory is short. */
export const local = (
  { GO_IMAGE, RUNTIME_IMAGE, MAVEN_IMAGE, JAVA_IMAGE, PYTHON_IMAGE, notifier, ...images }: LocalImages,
  sonarqube = true,
): Site => ({
  ingress: { domain: inside.domain, className: 'traefik', namespace: 'ingress', tls: false },
  registry: { insecure: true, copies: true },
  forge: {
    kind: 'gitea',
    url: forgeUrl,
    api: `${forgeUrl}/api/v1`,
    owner: inside.forge.owner,
    // People reach the forge at the same port of the loopback.
    link: `http://localhost:${inside.forge.port}/${inside.forge.owner}`,
  },
  images,
  baseImages: { GO_IMAGE, RUNTIME_IMAGE, MAVEN_IMAGE, JAVA_IMAGE, PYTHON_IMAGE },
  signingKey: { secret: 'signing-key' },
  scanDatabase: {
    folder: '/database',
    note: 'judged by the small vulnerability database of the embedded platform, not by the one of the internet',
  },
  sonarqube: sonarqube ? { server: `http://${inside.sonarqube.host}:${inside.sonarqube.port}` } : undefined,
  secrets: undefined,
  onDemandNodes: {},
  webhookPorts: [443, inside.slack.port],
  regions: byRegion(({ name }) => ({
    registry: `${inside.registry[name]}:${inside.registry.port}`,
    notifierImage: notifier.replace('seoul', name),
    // The web interface of Argo CD is not part of its Go module.
    argocdLink: 'none',
    nodes: undefined,
  })),
});
