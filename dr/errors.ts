/**
 * The names of errors that the machine knows: dr/states.ts retries by them. They are set here, because a bundler may rename classes and
 * Lambda reports `name`.
 */
export class Retryable extends Error {
  override name = 'Retryable';
}
/** AWS is at work: look again. */
export class NotYet extends Error {
  override name = 'NotYet';
}
/** Another try would end the same. */
export class Permanent extends Error {
  override name = 'Permanent';
}

const throttles =
  /Throttl|TooManyRequests|RequestLimitExceeded|LimitExceeded|SlowDown|ServiceUnavailable|InternalFailure|InternalError|ServerException/;

/** An error of an AWS client as one of ours, with the name and the words of AWS. */
export function ofAws(what: string, error: unknown): Error {
  if (error instanceof Retryable || error instanceof NotYet || error instanceof Permanent) return error;
  const { name, message, $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } };
  const text = `${what}: ${name}: ${message}`.slice(0, 500);
  const status = $metadata?.httpStatusCode;
  // Without a status nothing answered: a timeout, a refused or a cut connection.
  const again = status === undefined || status >= 500 || status === 429 || throttles.test(name);
  return again ? new Retryable(text) : new Permanent(text);
}
