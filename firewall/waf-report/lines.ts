/** Cuts bytes into lines, each handed on as text; `tooLong` is called for a line beyond the bound, which is never held as a whole. */
export function lineSplitter(longest: number, onLine: (line: string) => void, tooLong: () => void) {
  let held: Buffer[] = [];
  let size = 0;
  let skips = false;
  const keep = (part: Buffer) => {
    if (skips || part.length === 0) return;
    size += part.length;
    if (size > longest) {
      skips = true;
      held = [];
      tooLong();
    } else held.push(part);
  };
  const end = () => {
    if (size > 0 && !skips) onLine((held.length === 1 ? (held[0] as Buffer) : Buffer.concat(held)).toString('utf8'));
    held = [];
    size = 0;
    skips = false;
  };
  return {
    push(chunk: Buffer): void {
      let from = 0;
      for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, from)) {
        keep(chunk.subarray(from, at));
        end();
        from = at + 1;
      }
      keep(chunk.subarray(from));
    },
    end,
  };
}
