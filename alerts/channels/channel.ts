import type { Log } from '../../lib/log.ts';
import type { Event } from '../event.ts';

/** A channel that can be opened. It lies in a file of its own and passes the suite in contract.testing.ts. */
export type ChannelKind = {
  /** The environment variable with its webhook's address. The address is a secret; the channel is on where it is set. */
  variable: string;
  open(url: string, log: Log): Channel;
};

export type Channel = {
  /** Bound of one `send` with all its attempts, in milliseconds. */
  longestSendMs: number;
  /** One at a time. */
  send(event: Event): Promise<Outcome>;
};

export type Outcome =
  | { outcome: 'sent' }
  /** The channel will never take this message: it is dropped, with a log line. */
  | { outcome: 'refused'; reason: string }
  /** No attempt within the bound was taken; try again after so many milliseconds. */
  | { outcome: 'later'; reason: string; afterMs: number };
