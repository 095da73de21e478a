import { byRegion } from '../../overlays/regions/index.ts';

/** AWS's names of the two regions. */
export const { seoul, tokyo } = byRegion(({ aws }) => aws.region);

/** The one thing that the ports use of a client. Commands and answers have the types of the SDK. */
export type Sender = { send(command: object): Promise<unknown> };
/** A client for a region; the proofs have one of their own. */
export type Client = (region: string) => Sender;

/**
 * Bounds of every client. The SDK's own are none at all for a request, and three tries: a call that hangs would outlive its state. The
 * state machine tries again anyway.
 */
export const bounded = {
  maxAttempts: 2,
  requestHandler: { connectionTimeout: 1000, requestTimeout: 2000, throwOnRequestTimeout: true, socketTimeout: 2000 },
};

/** One client for each region, made when it is first asked for, so that a warm function keeps its connections. */
export function once(make: (options: typeof bounded & { region: string }) => unknown): Client {
  const made = new Map<string, Sender>();
  return (region) => {
    const client = made.get(region) ?? (make({ ...bounded, region }) as Sender);
    made.set(region, client);
    return client;
  };
}
