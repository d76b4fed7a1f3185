// Client-side caches of clusters: one for all nodes.
import type { PooledClientSideCacheProvider } from '../../../lib';
import { hashSlot } from '../../../lib/wire/hash-slot';
import { onCluster, onEachCluster, sameOnCluster as same, type ClusterStage } from './stage';

const KEYS = ['a', 'b', 'c', 'd', 'e'];

/** A command of somebody else, at the owner of the key. */
async function elsewhere({ servers }: ClusterStage, ...words: [string, string, ...string[]]): Promise<void> {
  await (await servers.ownerOf(hashSlot(words[1]))).call(...words);
}

function statistics(cache: PooledClientSideCacheProvider | undefined): unknown {
  const { hitCount, missCount, loadSuccessCount, loadFailureCount, evictionCount } = (cache as PooledClientSideCacheProvider).stats();
  return { hitCount, missCount, loadSuccessCount, loadFailureCount, evictionCount };
}

onEachCluster(() => {
  same('reads are answered by the cache until somebody writes', async (stage) => {
    const { connected, note, until } = stage;
    const one = await connected({ clientSideCache: {} });
    const cache = one.clientSideCache as PooledClientSideCacheProvider;
    let invalidations = 0;
    cache.on('invalidate', () => (invalidations += 1));
    for (const key of KEYS) await elsewhere(stage, 'SET', key, `${key}1`);
    for (let round = 0; round < 3; round += 1) note(await Promise.all(KEYS.map((key) => one.get(key))));
    note(statistics(cache));
    for (const key of KEYS) await elsewhere(stage, 'SET', key, `${key}2`);
    await until(() => invalidations >= KEYS.length, 'all invalidations');
    for (let round = 0; round < 2; round += 1) note(await Promise.all(KEYS.map((key) => one.get(key))));
    note(statistics(cache));
  });

  same('what is cached, and what is not', async (stage) => {
    const { connected, note } = stage;
    const one = await connected({ clientSideCache: {} });
    await elsewhere(stage, 'HSET', 'h', 'f', '1');
    for (let round = 0; round < 2; round += 1) {
      note(await one.hGetAll('h'), await one.hGet('h', 'f'), await one.exists('h'), await one.sendCommand('h', true, ['HGET', 'h', 'f']));
      note(await one.multi().hGet('h', 'f').exec(), await one.dbSize(), await one.ttl('h'));
    }
    note(statistics(one.clientSideCache));
  });

  same('mappings and bytes', async (stage) => {
    const { connected, lib, note } = stage;
    const one = await connected({ clientSideCache: {} });
    await elsewhere(stage, 'SET', 'k', 'v');
    const bytes = one.withTypeMapping({ [lib.RESP_TYPES.BLOB_STRING]: Buffer });
    for (let round = 0; round < 2; round += 1) note(await one.get('k'), await bytes.get('k'), await one.get(Buffer.from('k')));
    note((one.clientSideCache as unknown as { stats(): { hitCount: number } }).stats().hitCount > 0);
  });
});

onCluster('default', () => {
  same('a cache object, and the end of its cluster', async (stage) => {
    const { connected, lib, note, outcome } = stage;
    const cache = new lib.BasicPooledClientSideCache({ maxEntries: 3 });
    const one = await connected({ clientSideCache: cache });
    note(one.clientSideCache === cache);
    for (const key of KEYS) await one.get(key);
    for (const key of KEYS) await one.get(key);
    note(statistics(cache));
    await one.close();
    await outcome('closed', one.get('a'));
    await one.connect();
    await outcome('again', one.get('a'));
  });

  same('no cache', async ({ connected, note }) => {
    const one = await connected();
    note(one.clientSideCache);
  });

  same('own writes count', async (stage) => {
    const { connected, note, until } = stage;
    const one = await connected({ clientSideCache: {} });
    let invalidations = 0;
    one.clientSideCache?.on('invalidate', () => (invalidations += 1));
    await one.set('k', '1');
    note(await one.get('k'), await one.get('k'));
    await one.set('k', '2');
    await until(() => invalidations >= 1);
    note(await one.get('k'), await one.del('k'));
    await until(() => invalidations >= 2);
    note(await one.get('k'));
  });
});
