import type { Fault } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import type { Channel, ChannelKind } from './channels/channel.ts';
import * as all from './channels/index.ts';

/** A channel that is on, and its secret address. */
export type Webhook = { channel: string; url: string };
/** An open channel and its name. */
export type OpenChannel = Channel & { name: string };

const allowed = 'an http or https address';

/** The channels that the environment switches on. No fault says what was given: an address is a secret. */
export function readWebhooks(
  env: Record<string, string | undefined>,
  kinds: Record<string, ChannelKind> = all,
): { webhooks: Webhook[]; faults: Fault[] } {
  const webhooks = Object.entries(kinds).flatMap(([channel, { variable }]) => {
    const url = env[variable]?.trim() ?? '';
    return url === '' ? [] : [{ channel, url }];
  });
  const variables = Object.values(kinds).map(({ variable }) => variable);
  if (webhooks.length === 0) {
    const what = variables.join(', ');
    return { webhooks, faults: [{ what, given: '', allowed, cure: 'set one for each channel to notify' }] };
  }
  const faults = webhooks
    .filter(({ url }) => !URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    .map(({ channel }) => ({ what: kinds[channel]?.variable ?? '', allowed }));
  return { webhooks, faults };
}

export function openChannels(webhooks: Webhook[], log: Log, kinds: Record<string, ChannelKind> = all): OpenChannel[] {
  return webhooks.map(({ channel, url }) => ({ ...(kinds[channel] as ChannelKind).open(url, log), name: channel }));
}

/** What no log line may contain: an address, and the path by which a library may repeat it. */
export const secretsOf = (webhooks: Webhook[]): string[] =>
  webhooks.flatMap(({ url }) => [url, new URL(url).pathname]).filter((secret) => secret.length > 8);
