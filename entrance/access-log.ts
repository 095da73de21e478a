/**
 * What CloudFront writes of a request, by its names (CloudFront developer guide, "Standard logging reference"). No cookie, query or referrer: the way back
 * from the sign-in has its code in the query, and no other header but the browser's name.
 */
export const accessLogFields = [
  ...['date', 'time', 'x-edge-location', 'x-edge-request-id'],
  // The person, for as long as an attack may have to be traced.
  ...['c-ip', 'cs(User-Agent)'],
  ...['cs-protocol', 'cs-protocol-version', 'ssl-protocol'],
  ...['cs-method', 'cs(Host)', 'cs-uri-stem', 'cs-bytes'],
  ...['sc-status', 'sc-bytes', 'sc-content-type'],
  ...['x-edge-result-type', 'x-edge-response-result-type', 'x-edge-detailed-result-type'],
  ...['time-taken', 'time-to-first-byte'],
] as const;

/** Days that it is kept: as long as the firewall's records, which have addresses of people too. */
export const accessLogDays = 90;
