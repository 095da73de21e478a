/** Does work for each of many, so many at a time; gives the results in the order of the many. The first error ends it: no more is begun. */
export async function atOnce<T, R>(most: number, many: readonly T[], work: (one: T) => Promise<R>): Promise<R[]> {
  const results: R[] = new Array(many.length);
  let next = 0;
  let failed = false;
  async function worker(): Promise<void> {
    while (next < many.length && !failed) {
      const at = next++;
      try {
        results[at] = await work(many[at] as T);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(most, many.length) }, worker));
  return results;
}
