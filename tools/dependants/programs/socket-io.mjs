// Rooms across two nodes: with the plain adapter, with the sharded one, and after a lost connection.
import { createAdapter, createShardedAdapter } from '@socket.io/redis-adapter';
import { play, playAgain } from './shared/socket-io-nodes.mjs';
import { connected, killOthers, say, tell } from './shared/stage.mjs';

const clients = [];
const client = async (options) => {
  const made = await connected(options);
  clients.push(made);
  return made;
};
await play('plain', async () => createAdapter(await client(), await client(), { key: 'sio' }));
await play('sharded', async () => createShardedAdapter(await client(), await client(), { channelPrefix: 'ssio' }));
await play('dynamic', async () => createShardedAdapter(await client(), await client(), { subscriptionMode: 'dynamic-private' }));
await play('RESP2', async () => createAdapter(await client({ RESP: 2 }), await client({ RESP: 2 }), { key: 'sio2' }));
await playAgain('reconnected', async () => createAdapter(await client(), await client()), () => killOthers(clients[0]));
say('channels left', (await clients[0].pubSubChannels('*')).length);
await Promise.all(clients.map((one) => one.close()));
await tell('a command afterwards', clients[0].publish('channel', 'nobody'));
