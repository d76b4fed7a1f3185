// Sessions: stored, touched, listed, expired, destroyed; also through Express.
import { RedisStore } from 'connect-redis';
import express from 'express';
import session from 'express-session';
import { connected, killOthers, say, tell, ttl } from './shared/stage.mjs';

const client = await connected();
const other = await connected();
const store = new RedisStore({ client, prefix: 'sess:', ttl: 100 });
const call = (method, ...args) => new Promise((resolve, reject) => store[method](...args, (error, result) => (error ? reject(error) : resolve(result))));

const cookie = { originalMaxAge: null, httpOnly: true, path: '/' };
await tell('set', call('set', 'one', { cookie, user: 'Ada' }));
await tell('get', call('get', 'one'));
await tell('get of none', call('get', 'none'));
say('ttl', ttl(await client.ttl('sess:one'), 100));
await client.expire('sess:one', 5);
await tell('touch', call('touch', 'one', { cookie, user: 'Ada' }));
say('ttl after touch', ttl(await client.ttl('sess:one'), 100) === 'at most 100' && (await client.ttl('sess:one')) > 5);
await tell('set of an expired one', call('set', 'old', { cookie: { expires: new Date(Date.now() - 1000).toISOString() } }));
await tell('get of an expired one', call('get', 'old'));
for (let i = 0; i < 150; i++) await call('set', `many-${i}`, { cookie, i });
await tell('length', call('length'));
say('ids', (await call('ids')).sort().length);
say('all', (await call('all')).length);
await tell('destroy', call('destroy', 'one'));
await tell('clear', call('clear'));
await tell('length after clear', call('length'));
await client.set('sess:broken', 'no JSON');
await tell('get of no JSON', call('get', 'broken'));
await client.del('sess:broken');

const serializer = { stringify: (value) => `v1 ${JSON.stringify(value)}`, parse: (text) => JSON.parse(text.slice(3)) };
const second = new RedisStore({ client, prefix: 'other:', disableTTL: true, serializer, scanCount: 5 });
await second.set('one', { cookie, user: 'Bob' });
say('serialized', await client.get('other:one'));
say('without time to live', await client.ttl('other:one'));
await tell('get through the serializer', second.get('one'));
const untouched = new RedisStore({ client, prefix: 'third:', disableTouch: true, ttl: (sess) => (sess.user === 'Eve' ? 50 : 70) });
await untouched.set('one', { cookie, user: 'Eve' });
say('ttl of a function', ttl(await client.ttl('third:one'), 50));
await tell('touch when disabled', untouched.touch('one', { cookie }));
await tell('ids', second.ids());
await client.del(['other:one', 'third:one']);

const app = express();
app.use(session({ store, secret: 'secret', resave: false, saveUninitialized: false, genid: () => 'fixed-id' }));
app.get('/count', (request, response) => {
  request.session.count = (request.session.count ?? 0) + 1;
  response.json({ count: request.session.count });
});
app.use((error, _request, response, _next) => response.status(500).json({ error: error.message }));
const server = await new Promise((resolve) => {
  const listening = app.listen(0, '127.0.0.1', () => resolve(listening));
});
const page = async (headers = {}) => {
  const response = await fetch(`http://127.0.0.1:${server.address().port}/count`, { headers });
  const jar = response.headers.get('set-cookie')?.split(';')[0];
  return { status: response.status, body: await response.json(), jar };
};
const first = await page();
say('first request', first.body);
say('second request', (await page({ cookie: first.jar })).body);
await killOthers(other);
say('after a lost connection', (await page({ cookie: first.jar })).body);
await client.close();
const refused = await page({ cookie: first.jar });
say('after close', [refused.status, refused.body]);
server.close();
server.closeAllConnections();
await other.close();
