import type { Addresses } from './runs.ts';
import { isKindName, type KindName, kindNames } from './teller.ts';

export type Environment = {
  url: string;
  addresses: Addresses;
  watch: KindName[];
  kubeconfig: string | undefined;
  healthPort: number;
};

/** All faults at once, and never a value of the secret one. */
export function readEnvironment(env: Record<string, string | undefined>): { settings?: Environment; faults: string[] } {
  const faults: string[] = [];
  const address = (name: string, secret: boolean): string => {
    const value = env[name]?.trim() ?? '';
    const given = secret ? '' : `, given ${JSON.stringify(value)}`;
    if (value === '') faults.push(`${name} is not set`);
    else if (!URL.canParse(value) || !/^https?:$/.test(new URL(value).protocol))
      faults.push(`${name} must be an http or https address${given}`);
    return value.replace(/\/+$/, '');
  };
  const url = address('SLACK_WEBHOOK_URL', true);
  const forge = address('LINK_FORGE', false);
  // Said, and not left out: a forgotten address is a fault.
  const argocd = env.LINK_ARGOCD?.trim() === 'none' ? undefined : address('LINK_ARGOCD', false);
  const watch = (env.WATCH ?? '').split(',').filter((name) => name !== '');
  if (watch.length === 0 || !watch.every(isKindName))
    faults.push(`WATCH must be a list of ${kindNames.join(', ')}, given ${JSON.stringify(env.WATCH ?? '')}`);
  const healthPort = Number(env.HEALTH_PORT || 8080);
  if (!Number.isInteger(healthPort) || healthPort < 0 || healthPort > 65535) {
    faults.push(`HEALTH_PORT must be a port number, given ${JSON.stringify(env.HEALTH_PORT)}`);
  }
  if (faults.length > 0) return { faults };
  return {
    settings: {
      url,
      addresses: { forge, argocd },
      watch: watch.filter(isKindName),
      kubeconfig: env.KUBECONFIG || undefined,
      healthPort,
    },
    faults,
  };
}
