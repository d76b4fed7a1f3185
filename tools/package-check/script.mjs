// A script as users of npm redis write it, as an ES module: tools/check-package.mjs runs it with npm redis and with
// oxredis.
import { createClient, WatchError } from 'redis';

const client = await createClient({ url: process.env.REDIS_URL })
  .on('error', (err) => console.log('Redis Client Error', err))
  .connect();

console.log(await client.set('key', 'value'), await client.get('key'), await client.exists('key'));
console.log(await client.hSet('user-session:123', { name: 'John', surname: 'Smith', company: 'Redis', age: 29 }));
console.log(JSON.stringify(await client.hGetAll('user-session:123'), null, 2));
console.log(await client.sendCommand(['SET', 'key', 'value', 'NX']));
console.log(await client.multi().set('another-key', 'another-value').get('key').exec());

const events = [];
const subscriber = client.duplicate();
subscriber.on('error', (err) => console.error(err));
for (const name of ['connect', 'ready', 'end']) subscriber.on(name, () => events.push(name));
await subscriber.connect();
const message = new Promise((resolve) => {
  void subscriber.subscribe('channel', (text, channel) => resolve([text, channel])).then(() => client.publish('channel', 'hi'));
});
console.log(await message);
await subscriber.unsubscribe('channel');
await subscriber.close();
console.log(events, subscriber.isOpen, client.isReady);

try {
  await client.watch('key');
  await client.set('key', 'changed');
  await client.multi().ping().exec();
} catch (err) {
  console.log(err instanceof WatchError, err.message);
}

const keys = [];
for await (const batch of client.scanIterator({ MATCH: '*key' })) keys.push(...batch);
console.log(keys.sort());
await client.lPush('key', 'x').catch((err) => console.log(err.message));
await client.flushDb();
await client.close();
