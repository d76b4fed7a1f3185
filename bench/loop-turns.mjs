/**
 * Measures the longest turn of the event loop while one large Buffer is sent, with oxredis and npm redis alternately.
 *
 *   node bench/loop-turns.mjs [--sizes 4,10,40] [--rounds 15]
 *
 * Sizes are megabytes. A probe schedules itself with `setImmediate`; the result is the longest time between two of its
 * calls.
 */
import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';
import { startServer } from './server.mjs';
import { median } from './statistics.mjs';

const require = createRequire(import.meta.url);
const { values } = parseArgs({ options: { sizes: { type: 'string', default: '4,10,40' }, rounds: { type: 'string', default: '15' } } });

/** Sends the value. Returns the longest turn and the total time, in ms. */
async function send(client, value) {
  let longest = 0;
  let last = performance.now();
  let isOver = false;
  const probe = () => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
    if (!isOver) setImmediate(probe);
  };
  setImmediate(probe);
  const started = performance.now();
  await client.set('loop-turns', value);
  isOver = true;
  return { longest, whole: performance.now() - started };
}

const server = await startServer({});
const socket = { host: '127.0.0.1', port: server.port };
const clients = {
  redis: require('redis').createClient({ socket }),
  'oxredis, uv': require('../index.js').createClient({ socket: { ...socket, transport: 'uv' } }),
  'oxredis, pump': require('../index.js').createClient({ socket: { ...socket, transport: 'pump' } })
};
for (const client of Object.values(clients)) await client.on('error', () => {}).connect();
for (const size of values.sizes.split(',').map(Number)) {
  const value = Buffer.alloc(size * 1024 * 1024, 'x');
  const turns = {};
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const name in clients) (turns[name] ??= []).push(await send(clients[name], value));
  }
  for (const name in turns) {
    const [longest, whole] = ['longest', 'whole'].map(what => median(turns[name].map(turn => turn[what])).toFixed(2));
    console.log(`${String(size).padStart(4)} MB  ${name.padEnd(14)} longest turn ${longest} ms, whole ${whole} ms`);
  }
}
for (const client of Object.values(clients)) client.destroy();
await server.stop();
