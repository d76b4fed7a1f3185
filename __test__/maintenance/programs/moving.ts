/** A client that moves when its server says so. Its parent asks for what it holds, by messages. Arguments: the port, the transport. */
import { readdirSync } from 'node:fs';
import { createClient } from '../../../lib';

const [port, transport] = process.argv.slice(2);

async function main(): Promise<void> {
  const client = createClient({ socket: { host: '127.0.0.1', port: Number(port), transport: transport as 'uv' | 'pump' } });
  const problems: string[] = [];
  client.on('error', (error: Error) => problems.push(error.message));
  client.on('reconnecting', () => problems.push('reconnecting'));
  await client.connect();
  await client.subscribe('news', () => undefined);
  let isWorking = true;
  const work = (async () => {
    while (isWorking) await client.incr('n');
  })();
  process.on('message', (question) => {
    void (async () => {
      if (question === 'end') {
        isWorking = false;
        await work;
        await client.close();
        process.disconnect();
        return;
      }
      for (let i = 0; i < 3; i++) {
        globalThis.gc?.();
        await new Promise((resolve) => setImmediate(resolve));
      }
      const { rss, heapUsed, external } = process.memoryUsage();
      const descriptors = readdirSync('/proc/self/fd').length;
      process.send?.({ rss, heapUsed, external, descriptors, resources: process.getActiveResourcesInfo().length, problems });
    })();
  });
  process.send?.('ready');
}

void main();
