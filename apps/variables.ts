import type { Variable } from '../charts/service-pod.ts';
import type { ExternalSecret, Overlay, Site } from '../overlays/overlay.ts';
import type { Service } from './service.ts';
import { storeVariables, type Where } from './stores.ts';

/** What a service calls: where there are stores, less what goes by a topic. */
export const callsOf = ({ calls = {} }: Service, { stores }: Pick<Site, 'stores'>) =>
  Object.entries(calls).filter(([, { insteadOf }]) => !stores || insteadOf === undefined);

/** Has a service with holders refuse what does not come through the entrance. */
export const signInOf = (
  { holders }: Service,
  { site, overlay }: { site: Pick<Site, 'entrance'>; overlay: Pick<Overlay, 'public'> },
): Variable[] => (holders && site.entrance && overlay.public ? [{ name: 'SIGN_IN', value: 'required' }] : []);

/** All environment variables of a service: addresses, its own values and Secrets, and what it stores in. */
export function variablesOf(service: Service, where: Where): Variable[] {
  const { env = {}, secrets = {} } = service;
  return [
    ...callsOf(service, where.site).map(([name, { service, path }]) => ({
      name,
      value: `http://${service.name}:${service.port}${path}`,
    })),
    ...Object.entries(env).map(([name, value]) => ({ name, value })),
    ...Object.entries(secrets)
      .filter(([, secret]) => where.site.stores || secret.for === undefined)
      .map(([name, { secret, key }]) => ({ name, secret: { name: secret, key } })),
    ...storeVariables(service, where),
  ];
}

/** The shape of each value in the Secrets of services, where the platform makes it: so many random bytes, in hexadecimal digits. */
export const secretBytes = 32;

/**
 * Every Secret of the services in the namespaces of these environments. Environments with the same data (`of`) have the same values: after a
 * failover the other region has to know the passwords, and make the same ids.
 */
export const serviceSecrets = (
  services: readonly Service[],
  environments: readonly Pick<Overlay, 'name' | 'region' | 'data'>[],
  site: Pick<Site, 'stores'>,
): (ExternalSecret & { of: string })[] =>
  environments.flatMap((overlay) =>
    services.flatMap((service) => {
      const keys = new Map<string, Set<string>>();
      for (const variable of variablesOf(service, { site, overlay }))
        if ('secret' in variable) {
          const { name, key } = variable.secret;
          keys.set(name, (keys.get(name) ?? new Set()).add(key));
        }
      return [...keys].map(([name, all]) => ({
        namespace: overlay.name,
        name,
        keys: [...all].sort(),
        of: overlay.data,
      }));
    }),
  );
