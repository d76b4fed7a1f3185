// Caches with time to live and namespaces, as an ES module: options, failures, iteration, batches.
import KeyvRedis, { createKeyv, createKeyvNonBlocking } from '@keyv/redis';
import { createClient } from '@redis/client';
import Keyv from 'keyv';
import { connected, say, tell, ttl, url } from './shared/stage.mjs';

const plain = await connected();
const keyv = new Keyv(new KeyvRedis(url), { namespace: 'app' });
keyv.on('error', (error) => say('keyv error', error));
await tell('set', keyv.set('a', { text: 'é', list: [1, null] }, 10_000));
await tell('get', keyv.get('a'));
say('keys', (await plain.keys('*')).sort());
say('ttl', ttl(await plain.pTTL((await plain.keys('*'))[0]), 10_000));
await tell('get of none', keyv.get('none'));
await tell('has', keyv.has('a'));
await tell('setMany', keyv.setMany([{ key: 'b', value: 1 }, { key: 'c', value: 2, ttl: 5000 }]));
await tell('getMany', keyv.getMany(['b', 'none', 'c']));
await tell('hasMany', keyv.hasMany(['b', 'none']));
const seen = [];
for await (const [key, value] of keyv.iterator('app')) seen.push([key, value]);
say('iterator', seen.sort((one, two) => (one[0] < two[0] ? -1 : 1)));
await tell('delete', keyv.delete('b'));
await tell('deleteMany', keyv.deleteMany(['c', 'none']));
await tell('clear', keyv.clear());
await tell('get after clear', keyv.get('a'));
await keyv.disconnect();

const client = createClient({ url });
const adapter = new KeyvRedis(client, { namespace: 'ns', keyPrefixSeparator: '->', useUnlink: false, clearBatchSize: 2 });
const second = new Keyv(adapter, { namespace: 'ns', useKeyPrefix: false });
for (let i = 0; i < 7; i++) await second.set(`k${i}`, i);
say('keys with separator', (await plain.keys('*')).sort());
await tell('clear in batches', second.clear());
say('keys after', await plain.keys('*'));
await adapter.disconnect();

const made = createKeyv(url, { namespace: 'made' });
await tell('createKeyv', made.set('x', 'y').then(() => made.get('x')));
await made.disconnect();

const broken = new Keyv(new KeyvRedis('redis://127.0.0.1:1', { connectionTimeout: 200, throwOnConnectError: false }));
let errors = 0;
broken.on('error', () => errors++);
await tell('get without a server', broken.get('a'));
say('errors heard', errors > 0);
const throwing = new KeyvRedis({ url: 'redis://127.0.0.1:1', socket: { reconnectStrategy: false } }, { throwOnConnectError: true });
throwing.on('error', () => {});
await tell('throwOnConnectError', throwing.get('a'));
say('createKeyvNonBlocking', typeof createKeyvNonBlocking);
await plain.flushDb();
await plain.close();
process.exit(0); // clients without a server keep trying to connect
