import type { Optional } from '../../lib/optional.ts';
import type { Site } from '../overlay.ts';

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

/** The embedded platform on one machine. */
export const local = (
  { GO_IMAGE, RUNTIME_IMAGE, MAVEN_IMAGE, JAVA_IMAGE, PYTHON_IMAGE, ...images }: LocalImages,
  without: readonly Optional[] = [],
): Site => ({
  ecr: undefined,
  insecureRegistry: true,
  copiesImages: true,
  signingKey: { secret: 'signing-key' },
  sonarqube: without.includes('sonarqube') ? undefined : { server: 'http://sonarqube.internal:9000' },
  scanDatabase: {
    folder: '/database',
    note: 'judged by the small vulnerability database of the embedded platform, not by the one of the internet',
  },
  forge: {
    kind: 'gitea',
    url: 'http://forge.internal:3000',
    api: 'http://forge.internal:3000/api/v1',
    owner: 'tickets',
  },
  domain: 'localhost',
  ingressClass: 'traefik',
  ingressNamespace: 'ingress',
  tls: false,
  images,
  baseImages: { GO_IMAGE, RUNTIME_IMAGE, MAVEN_IMAGE, JAVA_IMAGE, PYTHON_IMAGE },
  clusters: {
    seoul: {
      registry: 'registry.seoul.internal:5000',
      notifierImage: images.notifier,
      // The web interface of Argo CD is not part of its Go module.
      argocdLink: 'none',
      nodes: undefined,
    },
    tokyo: {
      registry: 'registry.tokyo.internal:5000',
      notifierImage: images.notifier.replace('seoul', 'tokyo'),
      argocdLink: 'none',
      nodes: undefined,
    },
  },
  onDemandNodes: {},
  forgeLink: 'http://localhost:3000/tickets',
  slackPorts: [443, 8800],
  secretStore: undefined,
});
