/** A window of the firewall's records: all files in one folder, by the key that AWS WAF gives them. */
export type Window = {
  /** The name of the web ACL. */
  firewall: string;
  /** The folder, which is the window's id. */
  prefix: string;
  from: Date;
  to: Date;
};

/** `AWSLogs/<account>/WAFLogs/cloudfront/<web ACL>/<year>/<month>/<day>/<hour>/<minute>/<file>.log.gz`, of AWS WAF's developer guide, "S3". */
const pattern =
  /^(AWSLogs\/\d{12}\/WAFLogs\/cloudfront\/([\w-]{1,128})\/(\d{4})\/(\d\d)\/(\d\d)\/(\d\d)\/(\d\d)\/)[\w.-]{1,255}\.log\.gz$/;

/** The window of a file; undefined where it is none of the firewall's. */
export function windowOf(key: string, seconds: number): Window | undefined {
  const [, prefix, firewall, ...parts] = pattern.exec(key) ?? [];
  if (prefix === undefined || firewall === undefined) return undefined;
  const [year = '', month = '', day = '', hour = '', minute = ''] = parts;
  const from = new Date(`${year}-${month}-${day}T${hour}:${minute}:00Z`);
  // JavaScript takes the 31st of a short month for a day of the next one.
  if (Number.isNaN(from.getTime()) || !from.toISOString().startsWith(`${year}-${month}-${day}T${hour}`))
    return undefined;
  return { firewall, prefix, from, to: new Date(from.getTime() + seconds * 1000) };
}
