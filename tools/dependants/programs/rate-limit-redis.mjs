// Rate limits per address through Express: counted, blocked, reset, after SCRIPT FLUSH, without a server.
import express from 'express';
import { rateLimit } from 'express-rate-limit';
import { RedisStore } from 'rate-limit-redis';
import { connected, say, tell } from './shared/stage.mjs';

const client = await connected();
const store = new RedisStore({ sendCommand: (...args) => client.sendCommand(args), prefix: 'rl:' });
const limiter = rateLimit({ windowMs: 60_000, limit: 3, store, standardHeaders: 'draft-7', legacyHeaders: false, keyGenerator: (request) => request.headers['x-user'] ?? 'nobody', validate: false });
const app = express();
app.use(limiter);
app.get('/', (_request, response) => response.send('fine'));
app.use((error, _request, response, _next) => response.status(500).send(error.message));
const server = await new Promise((resolve) => {
  const listening = app.listen(0, '127.0.0.1', () => resolve(listening));
});
const ask = async (user) => {
  const response = await fetch(`http://127.0.0.1:${server.address().port}/`, { headers: { 'x-user': user } });
  return [response.status, (response.headers.get('ratelimit') ?? '').replace(/reset=\d+/, 'reset'), await response.text()];
};
for (let i = 0; i < 5; i++) say(`ada ${i}`, await ask('ada'));
say('bob', await ask('bob'));
await client.scriptFlush();
say('after SCRIPT FLUSH', await ask('bob'));
await limiter.resetKey('ada');
say('after reset', await ask('ada'));
const { totalHits, resetTime } = await store.increment('direct');
say('increment', [totalHits, resetTime instanceof Date]);
await tell('decrement', store.decrement('direct'));
say('get', (await store.get('direct'))?.totalHits);
say('keys', (await client.keys('rl:*')).sort());
await client.close();
say('after close', (await ask('ada')).slice(0, 1).concat((await ask('ada'))[2]));
server.close();
server.closeAllConnections();
