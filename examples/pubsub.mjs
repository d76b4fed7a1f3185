/** Publish and subscribe: channels, patterns, Buffers. Subscriptions come back by themselves after a reconnect. */
import { createClient } from '../index.js'; // from 'oxredis' in a project of your own

const client = createClient({ url: process.env.REDIS_URL ?? 'redis://localhost:6379' });
client.on('error', (error) => console.error('error:', error.message));
await client.connect();

// With RESP3, the default, a subscriber may run other commands too. A connection of its own keeps messages from waiting behind them.
const subscriber = client.duplicate();
subscriber.on('error', (error) => console.error('error:', error.message));
await subscriber.connect();

let expected = 3;
let allHeard;
const heard = new Promise((resolve) => (allHeard = resolve));
const note = (...line) => {
  console.log(...line);
  expected -= 1;
  if (expected === 0) allHeard();
};

await subscriber.subscribe('example:news', (message, channel) => note('channel', channel, '→', message));
await subscriber.pSubscribe('example:n*', (message, channel) => note('pattern, channel', channel, '→', message));
await subscriber.subscribe('example:bytes', (message) => note('bytes →', message), true); // true: Buffers

console.log('receivers of the first message:', await client.publish('example:news', 'hello'));
await client.publish('example:bytes', Buffer.from([0, 1, 2, 255]));
await heard;

await subscriber.unsubscribe(); // all channels; patterns stay
console.log('still subscribed:', subscriber.isPubSubActive);
await subscriber.pUnsubscribe();

await Promise.all([client.close(), subscriber.close()]);
