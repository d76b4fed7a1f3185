// Loads the instrumentation together with the client, which must work whether it is instrumented or not.
import { createRequire } from 'node:module';
import { RedisInstrumentation } from '@opentelemetry/instrumentation-redis';

const instrumentation = new RedisInstrumentation({ requireParentSpan: false });
instrumentation.enable();
const require = createRequire(import.meta.url);
const { createClient } = require('redis');
const client = createClient({ url: process.env.REDIS_URL });
client.on('error', (error) => console.log('error', error.message));
await client.connect();
console.log(await client.set('a', '1'), await client.get('a'), await client.incr('a'));
console.log(await client.multi().set('b', '2').get('b').exec());
console.log(await client.sendCommand(['PING']));
await client.lPush('a', 'x').catch((error) => console.log(error.message));
instrumentation.disable();
console.log(await client.get('b'));
await client.close();
