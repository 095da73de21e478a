import { baseImages, toolImages } from '../../lib/images.ts';
import type { Nodes, Site } from '../overlay.ts';

const ecr = (region: string) => `111122223333.dkr.ecr.${region}.amazonaws.com`;
const [seoul, tokyo] = ['ap-northeast-2', 'ap-northeast-1'] as const;

const nodes = (cluster: string, limits: Nodes['limits']): Nodes => ({
  cluster,
  role: `${cluster}-node`,
  // The newest of Amazon's: no node gets older than two weeks. A version here instead holds an upgrade back.
  image: 'al2023@latest',
  limits,
});

export const aws: Site = {
  ecr: { regions: { seoul, tokyo }, roles: 'arn:aws:iam::111122223333:role/tickets-' },
  insecureRegistry: false,
  // ECR replicates across regions by a rule of the registry.
  copiesImages: false,
  // An asymmetric key for signing, ECC_NIST_P256, that the account `push` alone may sign with.
  signingKey: { kms: 'awskms:///alias/gitops-platform-signing' },
  sonarqube: { server: 'https://sonarqube.tickets.example' },
  // The first two are those of Trivy itself; a day and a half behind is more than they ever were.
  scanDatabase: {
    mirrors: ['mirror.gcr.io/aquasec', 'ghcr.io/aquasecurity', 'public.ecr.aws/aquasecurity'],
    maxHours: 48,
  },
  forge: { kind: 'github', url: 'https://github.com', api: 'https://api.github.com', owner: 'tickets-example' },
  domain: 'tickets.example',
  ingressClass: 'traefik',
  ingressNamespace: 'ingress',
  tls: true,
  images: toolImages,
  baseImages,
  clusters: {
    seoul: {
      registry: ecr(seoul),
      notifierImage: toolImages.notifier,
      argocdLink: 'https://argocd.tickets.example',
      nodes: nodes('tickets-seoul', { cpu: '200', memory: '800Gi' }),
    },
    tokyo: {
      registry: ecr(tokyo),
      // The registry replicates it like every image.
      notifierImage: toolImages.notifier.replace(seoul, tokyo),
      argocdLink: 'https://argocd.tokyo.tickets.example',
      // As much as Seoul: the standby is small until it is all there is.
      nodes: nodes('tickets-tokyo', { cpu: '200', memory: '800Gi' }),
    },
  },
  onDemandNodes: { 'karpenter.sh/capacity-type': 'on-demand' },
  forgeLink: 'https://github.com/tickets-example',
  slackPorts: [443],
  secretStore: 'aws-secrets-manager',
};
