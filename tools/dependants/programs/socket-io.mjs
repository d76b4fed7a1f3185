// Rooms broadcast between two nodes: the plain, the sharded and the streams adapter.
import { createServer } from 'node:http';
import { createAdapter, createShardedAdapter } from '@socket.io/redis-adapter';
import { createAdapter as createStreamsAdapter } from '@socket.io/redis-streams-adapter';
import { Server } from 'socket.io';
import { io as connectTo } from 'socket.io-client';
import { connected, say, tell, until } from '../stage.mjs';

async function node(adapter) {
  const http = createServer();
  await new Promise((resolve) => http.listen(0, '127.0.0.1', resolve));
  const io = new Server(http, { adapter });
  io.on('connection', (socket) => {
    socket.on('join', (room, done) => Promise.resolve(socket.join(room)).then(done));
  });
  return { io, http, url: `http://127.0.0.1:${http.address().port}` };
}

async function browser(url) {
  const socket = connectTo(url, { transports: ['websocket'] });
  await new Promise((resolve) => socket.on('connect', resolve));
  return socket;
}

async function play(name, makeAdapter) {
  const nodes = [await node(await makeAdapter()), await node(await makeAdapter())];
  const [a, b] = [await browser(nodes[0].url), await browser(nodes[1].url)];
  const heard = { a: [], b: [] };
  a.on('news', (...words) => heard.a.push(words));
  b.on('news', (...words) => heard.b.push(words));
  await until('both nodes know each other', async () => (await nodes[0].io.fetchSockets()).length === 2 && (await nodes[1].io.fetchSockets()).length === 2);
  nodes[0].io.emit('news', 'to all', { n: 1 }, Buffer.from([1, 2, 255]));
  await until('all heard', () => heard.a.length === 1 && heard.b.length === 1);
  await b.emitWithAck('join', 'room');
  nodes[0].io.to('room').emit('news', 'to the room');
  await until('the room heard', () => heard.b.length === 2);
  nodes[1].io.except('room').emit('news', 'to others');
  await until('the others heard', () => heard.a.length === 2);
  say(`${name} heard`, heard);
  b.on('question', (answer) => answer('from b'));
  a.on('question', (answer) => answer('from a'));
  say(`${name} acknowledgements`, (await nodes[0].io.timeout(5000).emitWithAck('question')).sort());
  nodes[1].io.on('hello', (words) => say(`${name} between servers`, words));
  nodes[0].io.serverSideEmit('hello', { from: 'node 0' });
  if (name !== 'streams') {
    nodes[1].io.on('asked', (answer) => answer('node 1'));
    await tell(`${name} answer of servers`, nodes[0].io.serverSideEmitWithAck('asked'));
  }
  nodes[0].io.in('room').disconnectSockets();
  await until('b is out', () => !b.connected);
  say(`${name} left`, (await nodes[0].io.fetchSockets()).length);
  a.close();
  for (const { io } of nodes) await io.close();
}

const clients = [];
const client = async (options) => {
  const made = await connected(options);
  clients.push(made);
  return made;
};
await play('plain', async () => createAdapter(await client(), await client(), { key: 'sio' }));
await play('sharded', async () => createShardedAdapter(await client(), await client(), { channelPrefix: 'ssio' }));
await play('dynamic', async () => createShardedAdapter(await client(), await client(), { subscriptionMode: 'dynamic-private' }));
await play('streams', async () => createStreamsAdapter(await client({ commandOptions: { timeout: undefined } }), { streamName: 'sio-stream', blockTimeInMs: 50, maxLen: 1000 }));
for (const one of clients) one.destroy();
process.exit(0); // the streams adapter goes on reading
