import { baseImages, toolImages } from '../../lib/images.ts';
import type { Site } from '../overlay.ts';

const inCluster = 'https://kubernetes.default.svc';

/** Images that the embedded platform builds itself, with digest; the names are those of the JSON file given to `--images`. */
export const localImageNames = [
  'git',
  'crane',
  'kaniko',
  'golang',
  'release',
  'notifier',
  'GO_IMAGE',
  'RUNTIME_IMAGE',
] as const;
export type LocalImages = Record<(typeof localImageNames)[number], string>;

/** The embedded platform on one machine. */
export const local = ({ GO_IMAGE, RUNTIME_IMAGE, ...images }: LocalImages): Site => ({
  registry: 'registry.internal:5000',
  insecureRegistry: true,
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
  images: { ...toolImages, ...images },
  baseImages: { ...baseImages, GO_IMAGE, RUNTIME_IMAGE },
  clusters: { seoul: { server: inCluster }, tokyo: { server: inCluster } },
  links: { forge: 'http://localhost:3000/tickets', argocd: 'http://argocd.localhost:8000' },
  slackPorts: [443, 8800],
  secretStore: undefined,
});
