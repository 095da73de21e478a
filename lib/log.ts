export type Log = (level: 'info' | 'warn' | 'error', message: string, fields?: Record<string, unknown>) => void;

/** Logs JSON lines. `secrets` are masked in the finished line, so that no library's error message can leak one. */
export function jsonLog(secrets: string[], write: (line: string) => void = (line) => process.stdout.write(line)): Log {
  return (level, message, fields = {}) => {
    let line = JSON.stringify({ time: new Date().toISOString(), level, message, ...fields });
    for (const secret of secrets) if (secret !== '') line = line.replaceAll(JSON.stringify(secret).slice(1, -1), '***');
    write(`${line}\n`);
  };
}

/** An error in one line for a log: system code and the first words; never a whole body, header or address list. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error).slice(0, 200);
  const { code } = error as Error & { code?: unknown };
  const cause = error.cause instanceof Error ? reasonOf(error.cause) : undefined;
  const words = cause ?? error.message.split('\n', 1)[0] ?? '';
  return [code, words]
    .filter((part) => part !== undefined && part !== '')
    .join(' ')
    .slice(0, 300);
}
