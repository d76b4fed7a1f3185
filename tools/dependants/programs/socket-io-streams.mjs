// The adapter that reads from a stream with a blocking command.
import { createAdapter } from '@socket.io/redis-streams-adapter';
import { play } from './shared/socket-io-nodes.mjs';
import { connected, say } from './shared/stage.mjs';

const clients = [];
const client = async () => {
  clients.push(await connected({ commandOptions: { timeout: undefined } }));
  return clients.at(-1);
};
await play('streams', async () => createAdapter(await client(), { streamName: 'sio-stream', blockTimeInMs: 50, maxLen: 1000 }), false);
await play('second stream', async () => createAdapter(await client(), { streamName: 'other', blockTimeInMs: 50, readCount: 1 }), false);
say('streams', (await clients[0].keys('*')).sort());
for (const one of clients) one.destroy();
process.exit(0); // the adapter keeps on reading
