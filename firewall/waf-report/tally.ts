/** Counts by key in bounded memory: when there are twice as many keys as allowed, the rarest half goes into one number. */
export function tally(most: number) {
  const counts = new Map<string, number>();
  let dropped = 0;
  return {
    add(key: string): void {
      counts.set(key, (counts.get(key) ?? 0) + 1);
      if (counts.size <= 2 * most) return;
      const rarest = [...counts].sort(([, a], [, b]) => b - a).slice(most);
      for (const [rare, count] of rarest) {
        counts.delete(rare);
        dropped += count;
      }
    },
    /** The most frequent first, and alike whatever the order in which they came. */
    top(of: number): { top: [key: string, count: number][]; others: number } {
      const all = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
      const rest = all.slice(of).reduce((sum, [, count]) => sum + count, 0);
      return { top: all.slice(0, of), others: rest + dropped };
    },
  };
}
