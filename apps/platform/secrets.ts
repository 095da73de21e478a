import { externalSecrets, registryLogins } from '../../charts/external-secrets.ts';
import { registrySecrets, secretsFor } from '../../overlays/secrets.ts';
import type { Build } from '../app.ts';

/** The Secrets of a component, on sites that take them from AWS. */
export const secretsOf = (namespace: string): Record<string, Build> => ({
  'overlays/secrets.ts': (chart, { site, services }) => {
    if (!site.secrets) return;
    const own = <T extends { namespace: string }>(list: T[]) => list.filter((one) => one.namespace === namespace);
    externalSecrets(chart, site.secrets, own(secretsFor(services.map(({ name }) => name))));
    registryLogins(chart, site.secrets, site.regions, own(registrySecrets));
  },
});
