/**
 * What the entrance does to the headers of a request before a service sees it. Services believe these headers, so both entrances do all of it to
 * every request: whatever a client sent under these names is gone.
 */

/** Who calls: the `sub` of the token, an id that the pool gave and that nobody chooses. A service takes it for the holder. */
export const subjectHeader = 'X-Subject';
/** The claim of the token that goes into the header. */
export const subjectClaim = 'sub';
/** What the header says on a public route, where no token is looked at: a `sub` is a UUID, so nobody is called this. */
export const nobody = 'nobody';

/** The id of the request, made by the entrance, in the log of each service and in its answer. */
export const requestIdHeader = 'X-Request-Id';

/**
 * Credentials that end at the entrance: a service that was taken over would act for its callers with them. Where a header cannot be removed it is
 * overwritten with `removed`.
 */
export const endsHere = ['Authorization', 'X-Api-Key', 'Cookie'] as const;
export const removed = 'removed';
