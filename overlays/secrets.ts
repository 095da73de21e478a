import type { ExternalSecret, RegistryLogin } from './overlay.ts';

/**
 * Signs the webhooks of one service to the EventListener, of the forge and of redeliver-pushes: who has it starts runs of this service and
 * of no other.
 */
export const webhookSecret = (service: string): string => `webhook-${service}`;

/** The Secrets from outside that are there whatever the services are. */
export const platformSecrets: ExternalSecret[] = [
  // Reads the services' repositories, and the history of releases in this one.
  { namespace: 'ci', name: 'forge-read', keys: ['token'] },
  { namespace: 'ci', name: 'forge-write', keys: ['token'] },
  // Public key of image signatures (PEM). No secret, but the root of trust.
  { namespace: 'ci', name: 'signing-public-key', keys: ['key'] },
  // Sends analyses to SonarQube and reads the results.
  { namespace: 'ci', name: 'sonarqube', keys: ['token'] },
  { namespace: 'notifier', name: 'slack', keys: ['url'] },
  // Of Datadog: who has them writes metrics and reads and changes monitors.
  { namespace: 'datadog', name: 'datadog', keys: ['api-key', 'app-key'] },
  {
    namespace: 'argocd',
    name: 'platform-repository',
    keys: ['type', 'url', 'username', 'password'],
    labels: { 'argocd.argoproj.io/secret-type': 'repository' },
  },
  // Signs the forge's webhooks to Argo CD, which reads it from its own Secret.
  { namespace: 'argocd', name: 'argocd-secret', keys: ['webhook.github.secret'], merge: true },
];

/** Every Secret from outside. Tests list the steps and programs that read each; none of them runs the code of a push. */
export const secretsFor = (services: readonly string[]): ExternalSecret[] => [
  ...services.map((service) => ({ namespace: 'ci', name: webhookSecret(service), keys: ['secret'] })),
  ...platformSecrets,
];

/** Logins to registries. On AWS each assumes a role of its name with no more permissions than these. */
export const registrySecrets: RegistryLogin[] = [
  // Pushes images, signatures and cached layers.
  { namespace: 'ci', name: 'registry-push', registries: ['seoul'] },
  // Pulls.
  { namespace: 'ci', name: 'registry-pull', registries: ['seoul'] },
  // Lists and pulls in both regions, and pushes late replicas to the other one.
  { namespace: 'ci', name: 'registry-replicate', registries: ['seoul', 'tokyo'] },
];
