/**
 * Queues 2,000 values of 1 MB for a server that does not read, and prints by how many megabytes that made the process grow.
 *
 *   node large-backlog.js <port> <transport> <text|buffer>
 */
import { createClient } from '../../../lib/client';

const [port, transport, kind] = process.argv.slice(2) as [string, 'uv' | 'pump', 'text' | 'buffer'];

async function main(): Promise<void> {
  const client = createClient({ socket: { host: '127.0.0.1', port: Number(port), transport }, disableClientInfo: true });
  client.on('error', () => undefined);
  await client.connect();
  const text = 'x'.repeat(1024 * 1024);
  const value = kind === 'text' ? text : Buffer.from(text);
  const before = process.memoryUsage().rss;
  const sent = Array.from({ length: 2000 }, (_, i) => client.setEx(`key:${i}`, 60, value).catch(() => undefined));
  await new Promise((resolve) => setImmediate(resolve));
  console.log(Math.round((process.memoryUsage().rss - before) / 1024 / 1024));
  client.destroy();
  await Promise.all(sent);
}

void main();
