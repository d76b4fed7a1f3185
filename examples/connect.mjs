/** Connecting: the options that matter, the events in their order, and what happens when the connection is lost. */
import { createClient } from '../index.js'; // from 'oxredis' in a project of your own

const client = createClient({
  url: process.env.REDIS_URL ?? 'redis://localhost:6379',
  name: 'example',
  socket: {
    connectTimeout: 5000, // ms, handshake included
    // Called after each failure, with the number of failures and the cause: a delay in ms, or false to give up.
    reconnectStrategy: (retries) => (retries < 10 ? Math.min(50 * 2 ** retries, 2000) : false),
  },
});

// Always listen to `error`: without a listener the first error ends the process, as with every event emitter.
client.on('error', (error) => console.log('error:', error.message));
for (const event of ['connect', 'ready', 'reconnecting', 'end']) client.on(event, () => console.log(`event: ${event}`));

await client.connect();
console.log('ping:', await client.ping());
console.log('name:', await client.clientGetName());

// Cut the connection from the other side, as a failing network would, and carry on: commands wait for the new connection.
const ready = new Promise((resolve) => client.once('ready', resolve));
await client.sendCommand(['CLIENT', 'KILL', 'ID', String(await client.clientId()), 'SKIPME', 'no']).catch(() => undefined);
await ready;
console.log('ping after the reconnect:', await client.ping());

await client.close(); // Waits for the commands that were issued. destroy() does not.
