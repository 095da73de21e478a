import { existsSync, readFileSync } from 'node:fs';

/** Name servers of this machine that a network namespace can reach, so none on the loopback. */
export function nameServers(
  files = ['/run/systemd/resolve/resolv.conf', '/etc/resolv.conf'],
  read = (file: string) => (existsSync(file) ? readFileSync(file, 'utf8') : ''),
): string[] {
  for (const file of files) {
    const found = [...read(file).matchAll(/^nameserver\s+(\S+)/gm)]
      .map((match) => match[1] as string)
      .filter((address) => !/^(127\.|::1$)/.test(address));
    if (found.length > 0) return found;
  }
  return [];
}
