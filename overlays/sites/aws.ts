import { baseImages, toolImages } from '../../lib/images.ts';
import type { Site } from '../overlay.ts';

/** The cluster that Argo CD itself runs in. */
const inCluster = 'https://kubernetes.default.svc';

export const aws: Site = {
  registry: '111122223333.dkr.ecr.ap-northeast-2.amazonaws.com',
  insecureRegistry: false,
  forge: { kind: 'github', url: 'https://github.com', api: 'https://api.github.com', owner: 'tickets-example' },
  domain: 'tickets.example',
  ingressClass: 'traefik',
  ingressNamespace: 'ingress',
  tls: true,
  images: toolImages,
  baseImages,
  // Until Tokyo has a cluster of its own, dr is a namespace of Seoul's.
  clusters: { seoul: { server: inCluster }, tokyo: { server: inCluster } },
  links: { forge: 'https://github.com/tickets-example', argocd: 'https://argocd.tickets.example' },
  slackPorts: [443],
  secretStore: 'aws-secrets-manager',
};
