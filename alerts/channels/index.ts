import type { Log } from '../../lib/log.ts';
import type { Event } from '../event.ts';
import { slack } from './slack.ts';

/** A place to tell people. A new one is a file beside this and a line in `channels`; it passes the suite in contract.ts. */
export type Channel = { send(event: Event): Promise<Outcome> };

export type Outcome =
  | { outcome: 'sent' }
  /** the channel will never take this message: it is dropped, with a log line */
  | { outcome: 'refused'; reason: string }
  /** nothing was told within the bound; try again after so many milliseconds */
  | { outcome: 'later'; reason: string; afterMs: number };

export type ChannelSettings = { url: string; log: Log };

export const channels = { slack } satisfies Record<string, (settings: ChannelSettings) => Channel>;
