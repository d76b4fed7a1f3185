// Two socket.io nodes with one browser each, on a given adapter: what all adapters must do.
import { createServer } from 'node:http';
import { Server } from 'socket.io';
import { io as connectTo } from 'socket.io-client';
import { say, tell, until } from './stage.mjs';

async function node(adapter) {
  const http = createServer();
  await new Promise((resolve) => http.listen(0, '127.0.0.1', resolve));
  const io = new Server(http, { adapter });
  io.on('connection', (socket) => {
    socket.on('join', (room, done) => Promise.resolve(socket.join(room)).then(done));
    socket.on('leave', (room, done) => Promise.resolve(socket.leave(room)).then(done));
  });
  return { io, url: `http://127.0.0.1:${http.address().port}` };
}

async function browser(url) {
  const socket = connectTo(url, { transports: ['websocket'] });
  await new Promise((resolve) => socket.on('connect', resolve));
  return socket;
}

async function rooms(name, nodes, [a, b]) {
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
  nodes[1].io.in('room').socketsJoin('second room');
  await until('b is in the second room', async () => (await nodes[0].io.in('second room').fetchSockets()).length === 1);
  nodes[0].io.to('second room').emit('news', 'to the second room');
  await until('the second room heard', () => heard.b.length === 3);
  say(`${name} heard`, heard);
}

/** Prints what two nodes receive. `servers`: whether the adapter supports acknowledgements between servers. */
export async function play(name, makeAdapter, servers = true) {
  const nodes = [await node(await makeAdapter()), await node(await makeAdapter())];
  const [a, b] = [await browser(nodes[0].url), await browser(nodes[1].url)];
  await rooms(name, nodes, [a, b]);
  b.on('question', (answer) => answer('from b'));
  a.on('question', (answer) => answer('from a'));
  say(`${name} acknowledgements`, (await nodes[0].io.timeout(5000).emitWithAck('question')).sort());
  nodes[1].io.on('hello', (words) => say(`${name} between servers`, words));
  nodes[0].io.serverSideEmit('hello', { from: 'node 0' });
  if (servers) {
    nodes[1].io.on('asked', (answer) => answer('node 1'));
    await tell(`${name} answer of servers`, nodes[0].io.serverSideEmitWithAck('asked'));
  }
  nodes[0].io.in('room').disconnectSockets();
  await until('b is out', () => !b.connected);
  say(`${name} left`, (await nodes[0].io.fetchSockets()).length);
  a.close();
  for (const { io } of nodes) await io.close();
}

/** Prints whether rooms work again after `disturb()`, which closes the connections of the adapters. */
export async function playAgain(name, makeAdapter, disturb) {
  const nodes = [await node(await makeAdapter()), await node(await makeAdapter())];
  const b = await browser(nodes[1].url);
  const heard = new Set();
  b.on('news', (words) => heard.add(words));
  await b.emitWithAck('join', 'room');
  const untilHeard = (words) => until(`${words} came`, () => {
    nodes[0].io.to('room').emit('news', words);
    return heard.has(words);
  });
  await untilHeard('before');
  await disturb();
  await untilHeard('after');
  say(`${name} heard`, [...heard]);
  b.close();
  for (const { io } of nodes) await io.close();
}
