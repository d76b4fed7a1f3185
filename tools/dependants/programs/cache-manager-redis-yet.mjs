// A store for cache-manager 5, which creates a client of its own.
import { redisInsStore, redisStore } from 'cache-manager-redis-yet';
import { connected, say, tell, ttl, url } from './shared/stage.mjs';

const store = await redisStore({ url, ttl: 5000 });
await tell('set', store.set('a', { n: 1 }));
await tell('get', store.get('a'));
await tell('get of none', store.get('none'));
say('ttl', ttl(await store.ttl('a'), 5000));
await tell('set with ttl', store.set('b', 'two', 1000));
await tell('mset', store.mset([['c', 3], ['d', [4]]], 2000));
await tell('mget', store.mget('c', 'none', 'd'));
say('keys', (await store.keys()).sort());
await tell('set undefined', store.set('e', undefined));
await tell('del', store.del('a'));
await tell('mdel', store.mdel('b', 'c'));
await tell('reset', store.reset());
say('keys after', await store.keys());
const client = await connected();
const second = redisInsStore(client, { isCacheable: (value) => value !== 'no' });
await tell('not cacheable', second.set('f', 'no'));
await tell('cacheable', second.set('f', 'yes').then(() => second.get('f')));
await client.close();
await store.client.close();
