/** What is done with clients that cache: by npm redis and by oxredis, with every kind of cache. */
import { RESP_TYPES } from '../../lib';
import { FACTORIES } from './cache-factories';
import { withCache, type CacheScript } from './cache-stage';
import { same } from './compare';

const SCENARIOS: Record<string, CacheScript> = {
  'a second read is answered by the cache, until somebody else writes': async ({ cached, server, note, wire }) => {
    const { client, invalidations, state } = await cached();
    await server.command('SET', 'city', 'Athens');
    await wire('connected');
    note(await client.get('city'), await client.get('city'), await client.get('city'));
    await wire('read');
    state('read');
    await server.command('SET', 'city', 'Oslo');
    await invalidations(1);
    state('invalidated');
    note(await client.get('city'), await client.get('city'));
    await wire('read again');
    state('end');
  },

  'own writes count': async ({ cached, note, wire }) => {
    const { client, invalidations, state } = await cached();
    await client.set('k', '1');
    note(await client.get('k'), await client.get('k'));
    await client.set('k', '2');
    await invalidations(1);
    note(await client.get('k'), await client.del('k'));
    await invalidations(2);
    note(await client.get('k'), await client.get('k'));
    await wire('all');
    state('end');
  },

  'equal reads that come together are one command': async ({ cached, server, note, wire }) => {
    const { client, state } = await cached();
    await server.command('SET', 'k', 'v');
    note(await Promise.all([client.get('k'), client.get('k'), client.get('other'), client.get('k')]));
    await wire('all');
    state('end');
  },

  'replies of every kind': async ({ cached, server, note, wire }) => {
    const { client, state } = await cached();
    await server.command('HSET', 'h', 'a', '1', 'b', '2');
    await server.command('RPUSH', 'l', 'x', 'y');
    await server.command('SADD', 's', 'one');
    await server.command('ZADD', 'z', '1.5', 'm');
    await server.command('XADD', 'x', '1-1', 'f', 'v');
    for (let round = 0; round < 3; round++) {
      note(
        await client.hGetAll('h'), await client.hmGet('h', ['a', 'none']), await client.lRange('l', 0, -1), await client.sMembers('s'),
        await client.zScore('z', 'm'), await client.zRangeWithScores('z', 0, -1), await client.mGet(['l', 'none']),
        await client.exists('h'), await client.strLen('none'), await client.xRange('x', '-', '+'), await client.type('h'),
      );
    }
    await wire('all');
    state('end');
  },

  'what a caller does to a reply is its own business': async ({ cached, server, note }) => {
    const { client } = await cached();
    await server.command('HSET', 'h', 'a', '1');
    await server.command('RPUSH', 'l', 'x');
    for (let round = 0; round < 3; round++) {
      const [hash, list] = [await client.hGetAll('h'), await client.lRange('l', 0, -1)];
      note({ ...hash }, [...list]);
      hash.a = 'spoilt';
      list.push('spoilt');
    }
  },

  'what the cache does not serve': async ({ cached, server, note, wire }) => {
    const { client, state } = await cached({}, { commandOptions: { typeMapping: {} } });
    await server.command('SET', 'k', 'v');
    for (let round = 0; round < 2; round++) {
      note(await client.sendCommand(['GET', 'k']), await client.multi().get('k').exec(), await client.multi().get('k').execAsPipeline());
      note(await client.dbSize(), await client.keys('*'), await client.eval('return redis.call("GET", KEYS[1])', { keys: ['k'] }));
      note(await client.ttl('k'), await client.pTTL('k'), await client.randomKey(), await client.append('k', ''));
    }
    await wire('all');
    state('end');
  },

  'proxies with the same mapping are served': async ({ cached, server, note, wire }) => {
    const { client, state } = await cached();
    await server.command('SET', 'k', 'v');
    note(await client.get('k'), await client.asap().get('k'), await client.withCommandOptions({ timeout: 1000 }).get('k'));
    note(await client.withAbortSignal(new AbortController().signal).get('k'));
    await wire('all');
    state('end');
  },

  'FLUSHALL': async ({ cached, server, note }) => {
    const { client, invalidations, state } = await cached();
    await server.command('MSET', 'a', '1', 'b', '2');
    note(await client.get('a'), await client.get('b'));
    state('full');
    await server.command('FLUSHALL');
    await invalidations(1);
    state('flushed');
    note(await client.get('a'));
    state('end');
  },

  'a reply of several keys goes with each of them': async ({ cached, server, note }) => {
    const { client, invalidations, state } = await cached();
    await server.command('MSET', 'a', '1', 'b', '2');
    note(await client.mGet(['a', 'b']), await client.get('a'));
    await server.command('SET', 'b', '3');
    await invalidations(1);
    state('b');
    note(await client.mGet(['a', 'b']), await client.get('a'));
    await server.command('SET', 'a', '4');
    await invalidations(2);
    state('a');
    note(await client.mGet(['a', 'b']), await client.get('a'));
    state('end');
  },

  'a lost connection empties the cache, the next one tracks again': async (stage) => {
    const { cached, server, note, wire, kill, idOf, next } = stage;
    const { client, invalidations, state } = await cached();
    await server.command('SET', 'k', 'v');
    note(await client.get('k'), await client.get('k'));
    state('before');
    await wire('before');
    const ready = next(client, 'ready');
    await kill(await idOf(client));
    await ready;
    state('lost');
    await wire('reconnected');
    note(await client.get('k'), await client.get('k'));
    await server.command('SET', 'k', 'w');
    await invalidations(1);
    note(await client.get('k'));
    await wire('end');
    state('end');
  },

  'close() and connect() again': async ({ cached, server, note, wire }) => {
    const { client, state } = await cached();
    await server.command('SET', 'k', 'v');
    note(await client.get('k'), await client.get('k'));
    await client.close();
    state('closed');
    await client.connect();
    note(await client.get('k'), await client.get('k'));
    await wire('all');
    state('end');
    client.destroy();
    state('destroyed');
  },

  'errors of the server are not kept': async ({ cached, server, outcome, wire }) => {
    const { client, state } = await cached();
    await server.command('RPUSH', 'l', 'x');
    const both = [client.get('l'), client.get('l')];
    for (const one of both) one.catch(() => undefined);
    for (const one of both) await outcome('together', one);
    await outcome('later', client.get('l'));
    await wire('all');
    state('end');
  },

  'bad arguments': async ({ cached, outcome, note, wire }) => {
    const { client } = await cached();
    await outcome('number', client.get(1 as unknown as string));
    note(await client.get('k'));
    await wire('all');
  },

  'the entry that was read the longest ago goes (LRU)': async ({ cached, server, note, wire }) => {
    const { client, state } = await cached({ maxEntries: 2 });
    await server.command('MSET', 'a', '1', 'b', '2', 'c', '3');
    for (const key of ['a', 'b', 'a', 'c', 'a', 'b', 'c', 'c']) note(key, await client.get(key));
    await wire('all');
    state('end');
  },

  'the entry that was loaded the longest ago goes (FIFO)': async ({ cached, server, note, wire }) => {
    const { client, state } = await cached({ maxEntries: 2, evictPolicy: 'FIFO' });
    await server.command('MSET', 'a', '1', 'b', '2', 'c', '3');
    for (const key of ['a', 'b', 'a', 'c', 'a', 'b', 'c', 'c']) note(key, await client.get(key));
    await wire('all');
    state('end');
  },

  'an entry that is too old is read anew': async ({ cached, server, note, wire, until }) => {
    const { client, state } = await cached({ ttl: 400 });
    await server.command('SET', 'k', 'v');
    note(await client.get('k'), await client.get('k'));
    const loaded = Date.now();
    // A little more: the engine's clock is another one.
    await until(() => Date.now() >= loaded + 405);
    note(await client.get('k'), await client.get('k'));
    await wire('all');
    state('end');
  },

  'without statistics': async ({ cached, note }) => {
    const { client, state } = await cached({ recordStats: false });
    note(await client.get('k'), await client.get('k'));
    state('end');
  },

  'clear()': async ({ cached, note, wire }) => {
    const { client, cache, state } = await cached();
    note(await client.get('k'), await client.get('k'));
    cache.clear();
    state('cleared');
    note(await client.get('k'));
    await wire('all');
  },

  'a key prefix': async ({ cached, server, note }) => {
    const { client, invalidations, state } = await cached({}, { keyPrefix: 'p:' });
    await server.command('SET', 'p:k', 'v');
    note(await client.get('k'), await client.get('k'));
    await server.command('SET', 'p:k', 'w');
    await invalidations(1);
    note(await client.get('k'));
    state('end');
  },

  'a mapping of the whole client': async ({ cached, server, note }) => {
    const { client, state } = await cached({}, { commandOptions: { typeMapping: { [RESP_TYPES.NUMBER]: String } } });
    await server.command('RPUSH', 'l', 'x');
    note(await client.lLen('l'), await client.lLen('l'));
    state('end');
  },

  'duplicates': async ({ cached, note }) => {
    const { client, cache } = await cached();
    const two = client.duplicate();
    note(two.clientSideCache === cache, two.clientSideCache === undefined, client.asap().clientSideCache === cache);
  },

  'keys and values of bytes': async ({ cached, server, note }) => {
    const { client, invalidations, state } = await cached();
    await server.command('SET', 'k', 'v');
    note(await client.get(Buffer.from('k')), await client.get('k'));
    await server.command('SET', 'k', 'w');
    await invalidations(1);
    note(await client.get(Buffer.from('k')));
    state('end');
  },
};

/** Declares the tests. Has to follow `withServer`. */
export function compareCaches(): void {
  for (const factory of FACTORIES) {
    for (const [name, script] of Object.entries(SCENARIOS)) same(`${factory.name}: ${name}`, withCache(factory, script));
  }
}
