export type Log = (level: 'info' | 'warn' | 'error', message: string, fields?: Record<string, unknown>) => void;

/** JSON lines. `secrets` are masked in the finished line, so that no error text of any library can carry one out. */
export function jsonLog(secrets: string[], write: (line: string) => void = (line) => process.stdout.write(line)): Log {
  return (level, message, fields = {}) => {
    let line = JSON.stringify({ time: new Date().toISOString(), level, message, ...fields });
    for (const secret of secrets) if (secret !== '') line = line.replaceAll(JSON.stringify(secret).slice(1, -1), '***');
    write(`${line}\n`);
  };
}

/** An error in one line for a log: HTTP status or system code and the first words; never a whole body, header or address list. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error).slice(0, 200);
  const { code, body } = error as Error & { code?: unknown; body?: unknown };
  const cause = error.cause instanceof Error ? reasonOf(error.cause) : undefined;
  const said = apiMessage(body) ?? cause ?? error.message.split('\n', 1)[0] ?? '';
  return [code, said]
    .filter((part) => part !== undefined && part !== '')
    .join(' ')
    .slice(0, 300);
}

/** The message of a Kubernetes Status, which the client hands over as an object or as text. */
function apiMessage(body: unknown): string | undefined {
  let status = body;
  if (typeof status === 'string') {
    try {
      status = JSON.parse(status);
    } catch {
      return undefined;
    }
  }
  const message = (status as { message?: unknown } | null | undefined)?.message;
  return typeof message === 'string' ? message : undefined;
}
