/** Ignores a closed pipe on standard output and error: `| head` must not stop a program half-way. */
export function ignoreEpipe(): void {
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
}
