import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { Ports } from '../../firewall/waf-report/ports.ts';

type Item = { owner: string; until: number; files?: readonly string[] };
const keptMs = 14 * 86_400_000;

/** What was notified, in a file: in place of the table in DynamoDB, for a single process. */
export function reportedFile(file: string, now: () => number): Pick<Ports, 'claim' | 'markReported'> {
  const read = (): Record<string, Item> => (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {});
  const write = (items: Record<string, Item>) => {
    const young = Object.entries(items).filter(([, { until }]) => until > now() - keptMs);
    writeFileSync(`${file}.part`, JSON.stringify(Object.fromEntries(young)), { mode: 0o600 });
    renameSync(`${file}.part`, file);
  };
  return {
    async claim(id, owner, until) {
      const items = read();
      const item = items[id];
      if (item && (item.files || (item.owner !== owner && item.until >= now())))
        return { won: false, files: item.files };
      write({ ...items, [id]: { owner, until: until.getTime() } });
      return { won: true };
    },
    async markReported(id, owner, files) {
      const items = read();
      if (items[id]?.owner !== owner) throw new Error(`${id}: somebody else took it on meanwhile`);
      write({ ...items, [id]: { ...items[id], files } });
    },
  };
}
