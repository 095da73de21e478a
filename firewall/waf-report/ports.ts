import type { Readable } from 'node:stream';
import type { Event } from '../../alerts/event.ts';

/** What a message is remembered by, so that an event that comes again sends none. */
export type Claim =
  | { won: true }
  /** `files`: those that the message was about; undefined while somebody is at it. */
  | { won: false; files: readonly string[] | undefined };

export type Ports = {
  now(): Date;
  sleep(milliseconds: number): Promise<void>;
  /** Keys of files below a prefix, at most so many. */
  list(prefix: string, most: number): Promise<string[]>;
  /** Undefined: there is no such file. */
  read(key: string): Promise<Readable | undefined>;
  /**
   * Takes a message on, unless it was sent or another owner is at it until a time that has not passed. The same owner may take it again:
   * Lambda's tries of one event have one id.
   */
  claim(id: string, owner: string, until: Date): Promise<Claim>;
  /** The message about these files was sent. */
  markReported(id: string, owner: string, files: readonly string[]): Promise<void>;
  /** Throws where nobody took it. */
  notify(event: Event): Promise<void>;
};

export type Config = {
  bucket: string;
  /** Of a window: five minutes, by AWS WAF. */
  windowSeconds: number;
  /** After its end, until its last file is there. */
  graceSeconds: number;
  /** What a report takes at most, with all its waiting. */
  timeoutSeconds: number;
};
