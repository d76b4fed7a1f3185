// A cache of two layers: memory, then Redis.
import KeyvRedis from '@keyv/redis';
import { createCache } from 'cache-manager';
import { Cacheable } from 'cacheable';
import Keyv from 'keyv';
import { connected, say, tell, url } from './shared/stage.mjs';

const plain = await connected();
const secondary = new KeyvRedis(url);
const cache = new Cacheable({ secondary, nonBlocking: false, ttl: '1h', namespace: 'two' });
cache.on('error', (error) => say('cacheable error', error));
await tell('set', cache.set('a', { n: 1 }, 60_000));
await tell('get', cache.get('a'));
await cache.primary.clear();
await tell('get from Redis', cache.get('a'));
await tell('getMany', cache.setMany([{ key: 'b', value: 2 }, { key: 'c', value: 3 }]).then(() => cache.getMany(['b', 'c', 'd'])));
await tell('take', cache.take('b'));
const loader = cache.wrap(async (n) => n * 2, { keyPrefix: 'double', ttl: 60_000 });
say('wrap', [await loader(21), await loader(21)]);
await tell('delete', cache.delete('a'));
await cache.disconnect();

const manager = createCache({ stores: [new Keyv(), new Keyv({ store: new KeyvRedis(url), namespace: 'cm' })], ttl: 60_000 });
await tell('cache-manager set', manager.set('x', { deep: [1, { two: 2 }] }));
await tell('cache-manager get', manager.get('x'));
await tell('mset', manager.mset([{ key: 'y', value: 1 }, { key: 'z', value: 'two' }]));
await tell('mget', manager.mget(['y', 'z', 'none']));
let loads = 0;
const load = () => manager.wrap('wrapped', async () => ++loads, 60_000);
say('wrap', await Promise.all([load(), load(), load()]));
await tell('mdel', manager.mdel(['y', 'z']));
await tell('clear', manager.clear());
say('keys left', (await plain.keys('cm*')).length);
await manager.disconnect();
await plain.close();
