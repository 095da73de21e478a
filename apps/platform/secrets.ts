import { externalSecrets, registryLogins } from '../../charts/external-secrets.ts';
import { registrySecrets, secrets } from '../../overlays/secrets.ts';
import type { Build } from '../app.ts';

/** The Secrets of a component, on sites that take them from AWS. */
export const secretsOf = (namespace: string): Record<string, Build> => ({
  'overlays/secrets.ts': (chart, { site }) => {
    if (!site.secrets) return;
    const own = <T extends { namespace: string }>(list: T[]) => list.filter((one) => one.namespace === namespace);
    externalSecrets(chart, site.secrets, own(secrets));
    registryLogins(chart, site.secrets, site.regions, own(registrySecrets));
  },
});
