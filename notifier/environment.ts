import * as v from 'valibot';
import { readWebhooks, type Webhook } from '../alerts/webhooks.ts';
import { faultText } from '../lib/errors.ts';
import { withoutSlashes } from '../lib/text.ts';
import { isKindName, type KindName, kindNames } from './cluster.ts';
import type { Addresses } from './runs.ts';

export type Environment = {
  webhooks: Webhook[];
  addresses: Addresses;
  watch: KindName[];
  kubeconfig: string | undefined;
  healthPort: number;
  /** Where Alertmanager posts; undefined where there is none. */
  alertsPort: number | undefined;
};

const isWebAddress = (text: string) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
const required = (allowed: string) => v.string(allowed);
const address = (allowed: string) =>
  v.pipe(required(allowed), v.check(isWebAddress, allowed), v.transform(withoutSlashes));
const web = 'an http or https address';
const webOrNone = `${web}, or none`;
const kinds = `a list of ${kindNames.join(', ')}`;
const port = 'a port number';

const schema = v.object({
  LINK_FORGE: address(web),
  // Named, and not left out: a forgotten address is a fault.
  LINK_ARGOCD: v.union(
    [
      v.pipe(
        v.literal('none'),
        v.transform(() => undefined),
      ),
      address(webOrNone),
    ],
    webOrNone,
  ),
  WATCH: v.pipe(
    required(kinds),
    v.transform((text) => text.split(',')),
    v.check((names) => names.every(isKindName), kinds),
    v.transform((names) => names as KindName[]),
  ),
  KUBECONFIG: v.optional(v.string()),
  HEALTH_PORT: v.optional(
    v.pipe(v.string(), v.regex(/^\d+$/, port), v.transform(Number), v.maxValue(65_535, port)),
    '8080',
  ),
  ALERTS_PORT: v.optional(v.pipe(v.string(), v.regex(/^\d+$/, port), v.transform(Number), v.maxValue(65_535, port))),
});

/** All faults at once, and never the value of a secret. */
export function readEnvironment(env: Record<string, string | undefined>): { settings?: Environment; faults: string[] } {
  const { webhooks, faults } = readWebhooks(env);
  // Every key, so that a variable that is not set gets the words of its own schema.
  const given = Object.fromEntries(Object.keys(schema.entries).map((name) => [name, env[name]?.trim() || undefined]));
  const parsed = v.safeParse(schema, given);
  const issues = parsed.success ? [] : parsed.issues;
  const all = [
    ...faults,
    ...issues.map((issue) => {
      const what = v.getDotPath(issue) ?? '';
      return { what, given: given[what], allowed: issue.message };
    }),
  ];
  if (!parsed.success || all.length > 0) return { faults: all.map(faultText) };
  const { LINK_FORGE, LINK_ARGOCD, WATCH, KUBECONFIG, HEALTH_PORT, ALERTS_PORT } = parsed.output;
  return {
    settings: {
      webhooks,
      addresses: { forge: LINK_FORGE, argocd: LINK_ARGOCD },
      watch: WATCH,
      kubeconfig: KUBECONFIG,
      healthPort: HEALTH_PORT,
      alertsPort: ALERTS_PORT,
    },
    faults: [],
  };
}
