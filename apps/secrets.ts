import type { ExternalSecret } from '../charts/external-secrets.ts';

/** Every Secret that the platform needs from outside. Tests name the steps and programs that have them; none runs the code of a push. */
export const secrets: ExternalSecret[] = [
  // Signs the forge's deliveries to the EventListener, and the reconciler's.
  { namespace: 'ci', name: 'webhook', keys: ['secret'] },
  // May read the services' repositories, and this one's history of releases.
  { namespace: 'ci', name: 'forge-read', keys: ['token'] },
  { namespace: 'ci', name: 'forge-write', keys: ['token'] },
  { namespace: 'ci', name: 'registry-push', keys: ['config.json'] },
  // May pull from the first region's registry.
  { namespace: 'ci', name: 'registry-pull', keys: ['config.json'] },
  // The public half of the key that images are signed with (PEM); no secret, but trust begins with it.
  { namespace: 'ci', name: 'signing-public-key', keys: ['key'] },
  // May send analyses to SonarQube and read their verdict.
  { namespace: 'ci', name: 'sonarqube', keys: ['token'] },
  // May pull from the first region's registry, and push to the standby's.
  { namespace: 'ci', name: 'registry-replicate', keys: ['config.json'] },
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
