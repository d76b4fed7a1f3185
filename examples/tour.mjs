/**
 * A tour of oxredis: connects, sets, gets, hashes, pipelines, runs a transaction, subscribes, and measures its throughput.
 *
 *   npm start                                        against a server of its own
 *   REDIS_URL=redis://host:6379 node examples/tour.mjs
 *
 * All keys that it uses start with `oxredis:tour:` and are deleted at the end.
 */
import { createRequire } from 'node:module';
import { availableParallelism, loadavg } from 'node:os';

// In a project of your own: import { createClient } from 'oxredis';
const { createClient } = createRequire(import.meta.url)('../index.js');

const PREFIX = 'oxredis:tour:';
const key = (name) => PREFIX + name;
const show = (code, result) => console.log(`  ${code.padEnd(56)} → ${result}`);
const reply = (code, value) => show(code, JSON.stringify(value));
const heading = (text) => console.log(`\n${text}`);

const client = createClient({ url: process.env.REDIS_URL ?? 'redis://127.0.0.1:6379' });
client.on('error', (error) => console.error('client error:', error.message));

const names = Array.from({ length: 1000 }, (_, index) => key(`n:${index}`));
const mine = [...names, ...['name', 'visits', 'user', 'queue', 'scores', 'x', 'bench'].map(key)];

let started = performance.now();
await client.connect();
const took = performance.now() - started;
const server = Object.fromEntries((await client.info('server')).split('\r\n').map((line) => line.split(':')));
const product = server.valkey_version ? `Valkey ${server.valkey_version}` : `Redis ${server.redis_version}`;
const runtime = globalThis.Deno ? `Deno ${globalThis.Deno.version.deno}` : process.versions.bun ? `Bun ${process.versions.bun}` : `Node.js ${process.version}`;
heading(`Connected to ${product} from ${runtime} in ${took.toFixed(1)} ms. Keys are shown without their prefix, ${PREFIX}`);

await client.del(mine); // What an interrupted tour may have left.

heading('Strings');
reply("set('name', 'Ada')", await client.set(key('name'), 'Ada'));
reply("get('name')", await client.get(key('name')));
reply("set('name', 'Grace', { EX: 60, GET: true })", await client.set(key('name'), 'Grace', { EX: 60, GET: true }));
reply("incrBy('visits', 5)", await client.incrBy(key('visits'), 5));

heading('Hashes, lists, sorted sets');
reply("hSet('user', { name: 'Ada', year: 1815 })", await client.hSet(key('user'), { name: 'Ada', year: 1815 }));
reply("hGetAll('user')", await client.hGetAll(key('user')));
reply("rPush('queue', ['a', 'b', 'c'])", await client.rPush(key('queue'), ['a', 'b', 'c']));
reply("lRange('queue', 0, -1)", await client.lRange(key('queue'), 0, -1));
reply("zAdd('scores', [{ score: 3, value: 'c' }, …])", await client.zAdd(key('scores'), [{ score: 3, value: 'c' }, { score: 1, value: 'a' }]));
reply("zRangeWithScores('scores', 0, -1)", await client.zRangeWithScores(key('scores'), 0, -1));

heading('Pipelines: commands of one tick travel together');
const fill = await Promise.all(names.map((name, index) => client.set(name, String(index))));
show('1,000 set, awaited together', `${fill.filter((answer) => answer === 'OK').length} OK`);
started = performance.now();
for (const name of names) await client.get(name);
show('1,000 get, one awaited after another', `${(performance.now() - started).toFixed(1)} ms`);
started = performance.now();
const values = await Promise.all(names.map((name) => client.get(name)));
show('1,000 get, awaited together', `${(performance.now() - started).toFixed(1)} ms, sum ${values.reduce((sum, value) => sum + Number(value), 0)}`);

heading('Transactions');
reply("multi().set('x', '1').incr('x').get('x').exec()", await client.multi().set(key('x'), '1').incr(key('x')).get(key('x')).exec());

heading('Publish and subscribe');
const subscriber = client.duplicate();
subscriber.on('error', (error) => console.error('subscriber error:', error.message));
await subscriber.connect();
let hear;
const heard = new Promise((resolve) => (hear = resolve));
await subscriber.subscribe(key('news'), (message) => hear(message));
reply("publish('news', 'hello'), receivers", await client.publish(key('news'), 'hello'));
reply("subscribe('news', listener), message", await heard);
await subscriber.close();

heading('Errors say what failed');
const error = await client.lPush(key('name'), 'x').catch((caught) => caught);
show("lPush('name', 'x')", `${error.constructor.name}, code ${error.code}, command ${error.command}, phase ${error.phase}`);

heading('Throughput: GET of 16 bytes over one connection');
await client.set(key('bench'), 'x'.repeat(16));

/** Keeps `width` commands in flight for some milliseconds; returns commands per second. */
async function rate(width, milliseconds) {
  const begin = performance.now();
  const end = begin + milliseconds;
  let count = 0;
  const loop = async () => {
    while (performance.now() < end) {
      await client.get(key('bench'));
      count += 1;
    }
  };
  await Promise.all(Array.from({ length: width }, loop));
  return Math.round((count / (performance.now() - begin)) * 1000);
}

await rate(100, 300); // Compiles what is hot.
for (const width of [1, 10, 100, 1000]) {
  const rates = [await rate(width, 200), await rate(width, 200), await rate(width, 200)].sort((a, b) => a - b);
  console.log(`  ${width.toLocaleString('en').padStart(5)} at a time ${rates[1].toLocaleString('en').padStart(12)} operations/s`);
}
const [load] = loadavg();
const busy = load > availableParallelism() ? `; the machine was busy: load average ${load.toFixed(1)} on ${availableParallelism()} cores` : '';
console.log(`  Each is the median of three runs of 0.2 s${busy}.`);

await client.del(mine);
await client.close();
console.log('\nDone: the connection is closed, the keys are deleted. More: npm start -- streams, and the other files of examples/.');
