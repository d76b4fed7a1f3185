/**
 * A tour of oxredis: connects, sets, gets, hashes, pipelines, transactions, publish and subscribe, and some figures.
 *
 *   npm start                                        against a server of its own
 *   REDIS_URL=redis://host:6379 node examples/tour.mjs
 *
 * All keys that it uses start with `oxredis:tour:` and are deleted at the end.
 */
import { createRequire } from 'node:module';

// In a project of your own: import { createClient } from 'oxredis';
const { createClient } = createRequire(import.meta.url)('../index.js');

const PREFIX = 'oxredis:tour:';
const key = (name) => PREFIX + name;
const show = (code, value) => console.log(`  ${code.padEnd(58)} → ${JSON.stringify(value)}`);
const heading = (text) => console.log(`\n${text}`);

const url = process.env.REDIS_URL ?? 'redis://127.0.0.1:6379';
const client = createClient({ url });
client.on('error', (error) => console.error('client error:', error.message));

const names = Array.from({ length: 1000 }, (_, index) => key(`n:${index}`));
const mine = [...names, ...['name', 'visits', 'user', 'queue', 'scores', 'x', 'bench'].map(key)];

const started = performance.now();
await client.connect();
heading(`Connected in ${(performance.now() - started).toFixed(1)} ms (${process.release?.name ?? 'runtime'} ${process.version})`);

await client.del(mine); // What an interrupted tour may have left.

heading('Strings');
show("set('name', 'Ada')", await client.set(key('name'), 'Ada'));
show("get('name')", await client.get(key('name')));
show("set('name', 'Grace', { EX: 60, GET: true })", await client.set(key('name'), 'Grace', { EX: 60, GET: true }));
show("incrBy('visits', 5)", await client.incrBy(key('visits'), 5));

heading('Hashes, lists, sorted sets');
show("hSet('user', { name, year })", await client.hSet(key('user'), { name: 'Ada', year: '1815' }));
show("hGetAll('user')", await client.hGetAll(key('user')));
show("rPush('queue', ['a', 'b', 'c'])", await client.rPush(key('queue'), ['a', 'b', 'c']));
show("lRange('queue', 0, -1)", await client.lRange(key('queue'), 0, -1));
await client.zAdd(key('scores'), [{ score: 3, value: 'c' }, { score: 1, value: 'a' }]);
show("zRangeWithScores('scores', 0, -1)", await client.zRangeWithScores(key('scores'), 0, -1));

heading('Commands of one tick travel together');
let clock = performance.now();
await Promise.all(names.map((name, index) => client.set(name, String(index))));
const values = await Promise.all(names.map((name) => client.get(name)));
show('1,000 set, then 1,000 get', `${(performance.now() - clock).toFixed(1)} ms, sum ${values.reduce((sum, value) => sum + Number(value), 0)}`);

heading('Transactions');
show("multi().set('x', '1').incr('x').get('x').exec()", await client.multi().set(key('x'), '1').incr(key('x')).get(key('x')).exec());

heading('Publish and subscribe');
const subscriber = client.duplicate();
subscriber.on('error', (error) => console.error('subscriber error:', error.message));
await subscriber.connect();
const heard = new Promise((resolve) => {
  void subscriber.subscribe(key('news'), (message, channel) => resolve({ channel, message })).then(() => client.publish(key('news'), 'hello'));
});
show("subscribe('news', …) and publish('news', 'hello')", await heard);
await subscriber.close();

heading('Errors name their kind');
const error = await client.lPush(key('name'), 'x').catch((caught) => caught);
show("lPush('name', 'x') on a string", `${error.constructor.name}: ${error.message}`);

heading('Throughput (one connection, 16-byte values)');
const value = 'x'.repeat(16);
await client.set(key('bench'), value);

/** Keeps `width` commands in flight for a while; returns commands per second. */
async function rate(width, milliseconds) {
  const end = performance.now() + milliseconds;
  const begin = performance.now();
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
await rate(100, 200);
for (const width of [1, 10, 100, 1000]) {
  clock = await rate(width, 500);
  console.log(`  ${String(width).padStart(5)} at a time  ${clock.toLocaleString('en').padStart(12)} operations/s`);
}

await client.del(mine);
await client.close();
console.log('\nDone: the connection is closed and the keys are deleted.');
