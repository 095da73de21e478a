/** `| head` is no fault, and no reason to stop half-way: whoever reads has seen enough, and the work goes on. */
export function outliveReaders(): void {
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
}
