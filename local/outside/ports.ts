/**
 * Forwards TCP connections from loopback ports of this machine to addresses of the platform.
 * Run: node ports.ts PORT=HOST:PORT ...
 */
import { connect, createServer } from 'node:net';

for (const forward of process.argv.slice(2)) {
  const [port, to] = forward.split('=') as [string, string];
  const [host, target] = to.split(':') as [string, string];
  createServer((client) => {
    const inside = connect(Number(target), host);
    client.pipe(inside).pipe(client);
    client.on('error', () => inside.destroy());
    inside.on('error', () => client.destroy());
    client.on('close', () => inside.destroy());
    inside.on('close', () => client.destroy());
  })
    .on('error', (error) => {
      console.error(`port ${forward}: ${error.message}`);
      process.exit(1);
    })
    .listen(Number(port), '127.0.0.1', () => console.log(`127.0.0.1:${port} is forwarded to ${to}`));
}
