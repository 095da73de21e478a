import type { ExternalSecret, RegistryLogin } from './overlay.ts';

/** Every Secret that the platform needs from outside. Tests name the steps and programs that have them; none runs the code of a push. */
export const secrets: ExternalSecret[] = [
  // Signs the forge's deliveries to the EventListener, and those of redeliver-pushes.
  { namespace: 'ci', name: 'webhook', keys: ['secret'] },
  // May read the services' repositories, and this one's history of releases.
  { namespace: 'ci', name: 'forge-read', keys: ['token'] },
  { namespace: 'ci', name: 'forge-write', keys: ['token'] },
  // The public half of the key that images are signed with (PEM); no secret, but trust begins with it.
  { namespace: 'ci', name: 'signing-public-key', keys: ['key'] },
  // May send analyses to SonarQube and read their verdict.
  { namespace: 'ci', name: 'sonarqube', keys: ['token'] },
  { namespace: 'notifier', name: 'slack', keys: ['url'] },
  {
    namespace: 'argocd',
    name: 'platform-repository',
    keys: ['type', 'url', 'username', 'password'],
    labels: { 'argocd.argoproj.io/secret-type': 'repository' },
  },
  // Signs the forge's deliveries to Argo CD, which reads it from its own Secret.
  { namespace: 'argocd', name: 'argocd-secret', keys: ['webhook.github.secret'], merge: true },
];

/** Those to registries. On AWS each takes on a role of its name, which may do no more than is said here. */
export const registrySecrets: RegistryLogin[] = [
  // Pushes images, their signatures, and layers of dependencies.
  { namespace: 'ci', name: 'registry-push', registries: ['seoul'] },
  // Pulls.
  { namespace: 'ci', name: 'registry-pull', registries: ['seoul'] },
  // Lists and pulls in both regions, and pushes to the standby's what is late.
  { namespace: 'ci', name: 'registry-replicate', registries: ['seoul', 'tokyo'] },
];
