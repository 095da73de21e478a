/**
 * Who signs in where, for what. Customers sign up by themselves; staff does not, so it has a pool of its own: whoever may use a client of a pool
 * gets every scope of that client.
 */

/** Identifies the API in the names of scopes: a token says `tickets/booking.write`. */
export const resourceServer = 'tickets';

export const scopes = {
  'booking.write': 'Join queues, hold seats and book them',
  'ticket.read': 'See own bookings and tickets, and which channels there are',
  'live.manage': 'Open and close live channels, and announce their recordings',
  probe: 'Ask each service for its version, through the whole entrance',
} as const;
export type Scope = keyof typeof scopes;

/** The name of a scope in a token. */
export const fullScope = (scope: Scope): string => `${resourceServer}/${scope}`;

export type Pool = 'customers' | 'staff';

/** A pool issues the scopes of its own clients and no other, so a customer never has `live.manage`. */
export const pools: Record<Pool, { signUp: 'anybody' | 'admins'; secondFactor: 'optional' | 'required' }> = {
  customers: { signUp: 'anybody', secondFactor: 'optional' },
  staff: { signUp: 'admins', secondFactor: 'required' },
};

export type Client = {
  pool: Pool;
  scopes: readonly Scope[];
  /** `code`: a person, by authorization code with PKCE (S256), without a secret. `credentials`: a program, with one. */
  grant: 'code' | 'credentials';
  /** Paths of the site that a sign-in and a sign-out lead back to. */
  back?: { signIn: `/${string}`; signOut: `/${string}` };
};

export const clients: Record<'web' | 'studio' | 'canary', Client> = {
  web: {
    pool: 'customers',
    scopes: ['booking.write', 'ticket.read'],
    grant: 'code',
    back: { signIn: '/signed-in', signOut: '/' },
  },
  studio: {
    pool: 'staff',
    scopes: ['live.manage'],
    grant: 'code',
    back: { signIn: '/studio/signed-in', signOut: '/studio' },
  },
  canary: { pool: 'staff', scopes: ['probe'], grant: 'credentials' },
};

/** The pool that issues a scope: the one of the clients that have it. A scope of two pools would be one of customers. */
export const poolOf = (scope: Scope): Pool => {
  const [pool, ...others] = new Set(
    Object.values(clients)
      .filter((client) => client.scopes.includes(scope))
      .map((client) => client.pool),
  );
  if (pool === undefined || others.length > 0)
    throw new Error(`${scope}: given ${others.length > 0 ? 'two pools' : 'no pool'}, allowed one; correct clients`);
  return pool;
};

/** What lives how long, in minutes. */
export const lifetimes = {
  /** A token cannot be taken back, so it is short. */
  access: 15,
  id: 15,
  /** A new refresh token comes with each use, and the old one is good for no more than `refreshGraceSeconds`. */
  refresh: 24 * 60,
  /** The entrance keeps the public keys of the pools: so long it takes tokens while nobody can be asked for the keys. */
  keysKept: 60,
};
/** For a client that did not get the answer to its refresh. */
export const refreshGraceSeconds = 30;

/** An access token is taken only with these: an ID token has `id` here, and says who somebody is, not what a client may do. */
export const tokenUse = 'access';
export const signature = 'RS256';
