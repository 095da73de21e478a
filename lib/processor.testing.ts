/**
 * Milliseconds of the processor that `run` takes in this process. Tests judge costs by these: a clock counts what other programs of a busy machine
 * take. A wait is judged by the test's own limit: what waits for an hour fails there.
 */
export async function processorMs(run: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  await run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
