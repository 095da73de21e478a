const ignore = (error: NodeJS.ErrnoException): void => {
  if (error.code !== 'EPIPE') throw error;
};

/** Ignores a closed pipe on standard output and error: `| head` must not stop a program half-way. */
export function ignoreEpipe(): void {
  for (const stream of [process.stdout, process.stderr]) stream.off('error', ignore).on('error', ignore);
}
