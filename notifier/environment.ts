export type Environment = { url: string; addresses: { forge: string; argocd: string }; kubeconfig: string | undefined };

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
  const argocd = address('LINK_ARGOCD', false);
  if (faults.length > 0) return { faults };
  return { settings: { url, addresses: { forge, argocd }, kubeconfig: env.KUBECONFIG || undefined }, faults };
}
