import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { io as connectTo, type Socket } from 'socket.io-client';
import { createCache } from '../src/cache';
import { startWeb, type Web } from '../src/web';

const url = process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379';
const TIMEOUT = 20_000;
let nodes: Web[] = [];

before(async () => {
  nodes = [await startWeb(url), await startWeb(url)];
});

after(async () => {
  for (const node of nodes) await node.close();
});

async function visit(node: Web | undefined, user: string, cookie?: string) {
  const headers: Record<string, string> = { 'x-user': user, ...(cookie !== undefined && { cookie }) };
  const response = await fetch(`${node?.url}/`, { headers });
  return { status: response.status, body: await response.text(), cookie: response.headers.get('set-cookie')?.split(';')[0] };
}

test('a session goes on at another node', { timeout: TIMEOUT }, async () => {
  const first = await visit(nodes[0], 'ada');
  assert.equal(first.body, '{"visits":1}');
  assert.equal((await visit(nodes[1], 'ada', first.cookie)).body, '{"visits":2}');
});

test('a limit counts the requests of all nodes', { timeout: TIMEOUT }, async () => {
  const found: number[] = [];
  for (let i = 0; i < 6; i++) found.push((await visit(nodes[i % 2], 'bob')).status);
  assert.deepEqual(found, [200, 200, 200, 200, 429, 429]);
});

test('a cache keeps values, per namespace and for a time', { timeout: TIMEOUT }, async () => {
  const one = createCache(url, 'one');
  const two = createCache(url, 'two');
  await one.cache.set('key', { text: 'first' });
  await two.cache.set('key', { text: 'second' }, 30);
  assert.deepEqual(await one.cache.get('key'), { text: 'first' });
  while ((await two.cache.get('key')) !== undefined) await new Promise((resolve) => setTimeout(resolve, 10));
  await one.cache.clear();
  assert.equal(await one.cache.get('key'), undefined);
  await one.close();
  await two.close();
});

test('a room is heard at all nodes', { timeout: TIMEOUT }, async () => {
  const sockets = nodes.map((node): Socket => connectTo(node.url, { transports: ['websocket'] }));
  const heard = Promise.all(sockets.map((socket) => new Promise((resolve) => socket.on('news', resolve))));
  for (const socket of sockets) await socket.emitWithAck('join', 'room');
  nodes[0]?.io.to('room').emit('news', 'hello');
  assert.deepEqual(await heard, ['hello', 'hello']);
  for (const socket of sockets) socket.close();
});
