import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { AbortError } from '../../../lib/errors';
import {
  BasicClientSideCache, EncodedCommandCopy, type CachingClient, type ClientSideCacheConfig, type TransformLoaded,
} from '../../../lib/cache';
import { BasicCommandParser } from '../../../lib/wire/command-parser';

const client: CachingClient = { isOpen: true, isReady: true, socketEpoch: 1 };

function commandOf(words: string[], keys: string[] = words.slice(1), database = 0): EncodedCommandCopy {
  const parser = new BasicCommandParser();
  parser.push(...words);
  for (const key of keys) parser.markRoutingKey(key);
  return new EncodedCommandCopy(parser, database);
}

/** A cache, and a server that answers when it is told to. */
class Stage {
  readonly cache: BasicClientSideCache;
  readonly events: unknown[][] = [];
  readonly loads: { words: string; answer(value: unknown): void; fail(error: Error): void }[] = [];

  constructor(config?: ClientSideCacheConfig) {
    this.cache = new BasicClientSideCache(config);
    for (const event of ['invalidate', 'cached-key', 'cache-evict']) this.cache.on(event, (what) => this.events.push([event, what]));
  }

  read(words: string[], keys?: string[], transform?: TransformLoaded): Promise<unknown> {
    const load = (): Promise<never> => new Promise((answer, fail) => {
      this.loads.push({ words: words.join(' '), answer: answer as (value: unknown) => void, fail });
    });
    return this.cache.handleCache(client, commandOf(words, keys), load, transform) as Promise<unknown>;
  }

  /** Reads and answers at once. */
  async load(words: string[], value: unknown, keys?: string[]): Promise<unknown> {
    const reading = this.read(words, keys);
    this.loads.at(-1)?.answer(value);
    return reading;
  }

  get counts(): number[] {
    const { hitCount, missCount, loadSuccessCount, loadFailureCount, evictionCount } = this.cache.stats();
    return [hitCount, missCount, loadSuccessCount, loadFailureCount, evictionCount];
  }

  get index(): Record<string, string[]> {
    return Object.fromEntries([...this.cache.keySetEntries()].map(([key, entries]) => [key, [...entries]]));
  }
}

test('a read is loaded once; those that come meanwhile wait for it, and transform nothing again', async () => {
  const stage = new Stage();
  // A transform may use up the reply.
  const transform = mock.fn((reply: number[]) => reply.splice(0));
  const reads = [1, 2, 3].map(() => stage.read(['LRANGE', 'k'], ['k'], transform));
  assert.equal(stage.loads.length, 1);
  stage.loads[0]?.answer([1, 2]);
  assert.deepEqual(await Promise.all(reads), [[1, 2], [1, 2], [1, 2]]);
  assert.deepEqual(await stage.read(['LRANGE', 'k'], ['k'], transform), [1, 2]);
  assert.equal(transform.mock.callCount(), 1);
  assert.deepEqual(stage.counts, [1, 3, 1, 0, 0]);
  assert.deepEqual(stage.events, [['cached-key', '6_1_LRANGE_k']]);
});

test('what was invalidated while it was loaded is not kept', async () => {
  for (const drop of [
    ({ cache }: Stage) => cache.invalidate('k'), ({ cache }: Stage) => cache.invalidate(Buffer.from('k')),
    ({ cache }: Stage) => cache.invalidate(null), ({ cache }: Stage) => cache.clear(), ({ cache }: Stage) => cache.clear(false),
    ({ cache }: Stage) => cache.delete('3_1_GET_k'), ({ cache }: Stage) => cache.onError(), ({ cache }: Stage) => cache.onClose(),
  ]) {
    const stage = new Stage();
    const reads = [stage.read(['GET', 'k']), stage.read(['GET', 'k'])];
    drop(stage);
    stage.loads[0]?.answer('old');
    assert.deepEqual(await Promise.all(reads), ['old', 'old']);
    assert.deepEqual([stage.cache.size(), stage.index], [0, {}]);
    await stage.load(['GET', 'k'], 'new');
    assert.equal(await stage.read(['GET', 'k']), 'new');
  }
});

test('an older load does not undo a newer one', async () => {
  const stage = new Stage();
  const older = stage.read(['GET', 'k']);
  stage.cache.clear();
  const newer = stage.read(['GET', 'k']);
  stage.loads[0]?.fail(new Error('lost'));
  await assert.rejects(older, /lost/);
  stage.loads[1]?.answer('new');
  assert.equal(await newer, 'new');
  assert.equal(await stage.read(['GET', 'k']), 'new');
});

test('a failed load is not kept, and all who waited hear of it', async () => {
  const stage = new Stage();
  const reads = [stage.read(['GET', 'k']), stage.read(['GET', 'k'])];
  stage.loads[0]?.fail(new Error('WRONGTYPE'));
  for (const read of reads) await assert.rejects(read, /WRONGTYPE/);
  assert.deepEqual([stage.cache.size(), stage.index, stage.counts], [0, {}, [0, 2, 0, 1, 0]]);
});

test('a transform that throws leaves nothing behind', async () => {
  const stage = new Stage();
  const transform = (): never => {
    throw new Error('transform');
  };
  const read = stage.read(['GET', 'k'], ['k'], transform);
  stage.loads[0]?.answer('v');
  await assert.rejects(read, /transform/);
  assert.equal(stage.cache.size(), 0);
});

test('an aborted load is taken over by one of those who wait', async () => {
  const stage = new Stage();
  const reads = [1, 2, 3].map(() => stage.read(['GET', 'k']));
  stage.loads[0]?.fail(new AbortError());
  await assert.rejects(reads[0] as Promise<unknown>, AbortError);
  while (stage.loads.length < 2) await Promise.resolve();
  stage.loads[1]?.answer('v');
  assert.deepEqual(await Promise.all(reads.slice(1)), ['v', 'v']);
  assert.equal(stage.loads.length, 2);
});

test('the index of keys has nothing but what is cached', async () => {
  const stage = new Stage({ maxEntries: 3 });
  for (let i = 0; i < 1000; i++) await stage.load(['MGET', `a${i}`, 'common'], []);
  const kept = ['997', '998', '999'].map((i) => `4_${i.length + 1}_6_MGET_a${i}_common`);
  assert.deepEqual(stage.index, { a997: [kept[0]], a998: [kept[1]], a999: [kept[2]], common: kept });
  stage.cache.invalidate('a998');
  assert.deepEqual(Object.keys(stage.index), ['common', 'a997', 'a999'].filter((key) => key in stage.index));
  assert.deepEqual(stage.index.common, [kept[0], kept[2]]);
  stage.cache.delete(kept[0] as string);
  stage.cache.deleteOldest();
  assert.deepEqual([stage.index, stage.cache.size()], [{}, 0]);
});

test('an entry that is set again depends on the new keys only', () => {
  const { cache } = new Stage();
  const entry = (): ReturnType<typeof cache.createValueEntry> => cache.createValueEntry(client, 1);
  const [first, second] = [entry(), entry()];
  cache.set('x', first, ['a', 'b']);
  cache.set('x', second, ['b', 'c', 'c']);
  assert.deepEqual([first.validate(), second.validate()], [false, true]);
  assert.deepEqual([...cache.keySetEntries()].map(([key]) => key), ['b', 'c']);
  assert.equal(cache.get('x'), second);
  assert.deepEqual([...cache.entryEntries()], [['x', second]]);
  cache.invalidate('c');
  assert.deepEqual([cache.has('x'), second.validate(), cache.size()], [false, false, 0]);
});

test('LRU and FIFO', async () => {
  for (const [evictPolicy, left] of [['LRU', ['a', 'c']], ['FIFO', ['b', 'c']]] as const) {
    const stage = new Stage({ maxEntries: 2, evictPolicy });
    await stage.load(['GET', 'a'], 1);
    await stage.load(['GET', 'b'], 2);
    await stage.read(['GET', 'a']);
    await stage.load(['GET', 'c'], 3);
    assert.deepEqual(Object.keys(stage.index).sort(), left);
    assert.deepEqual(stage.counts, [1, 3, 3, 0, 1]);
  }
});

test('a ttl', async (context) => {
  context.mock.timers.enable({ apis: ['Date'] });
  const stage = new Stage({ ttl: 100 });
  await stage.load(['GET', 'k'], 'v');
  context.mock.timers.tick(99);
  assert.equal(await stage.read(['GET', 'k']), 'v');
  context.mock.timers.tick(1);
  assert.equal(stage.cache.has('3_1_GET_k'), true);
  assert.equal(stage.cache.get('3_1_GET_k'), undefined);
  assert.deepEqual([stage.cache.size(), stage.index], [0, {}]);
  assert.deepEqual(stage.events.at(-1), ['cache-evict', '3_1_GET_k']);
  await stage.load(['GET', 'k'], 'w');
  assert.deepEqual(stage.counts, [1, 2, 2, 0, 1]);
});

test('statistics can be kept, reset, added to, and switched off', async () => {
  const stage = new Stage();
  await stage.load(['GET', 'a'], 1);
  await stage.load(['GET', 'b'], 1);
  stage.cache.clear(false);
  assert.deepEqual(stage.counts, [0, 2, 2, 0, 2]);
  stage.cache.recordHits(3);
  stage.cache.recordMisses(4);
  stage.cache.recordEvictions(5);
  assert.deepEqual(stage.counts, [3, 6, 2, 0, 7]);
  assert.ok(stage.cache.stats().averageLoadPenalty() >= 0);
  stage.cache.clear();
  assert.deepEqual(stage.counts, [0, 0, 0, 0, 0]);
  const silent = new Stage({ recordStats: false });
  await silent.load(['GET', 'a'], 1);
  silent.cache.clear();
  silent.cache.recordHits(1);
  assert.deepEqual(silent.counts, [0, 0, 0, 0, 0]);
});

test('databases have entries of their own, keys are the same in all', async () => {
  const { cache } = new Stage();
  const read = (database: number, value: string): Promise<unknown> =>
    cache.handleCache(client, commandOf(['GET', 'k'], ['k'], database), () => Promise.resolve(value as never)) as Promise<unknown>;
  assert.deepEqual([await read(0, 'zero'), await read(1, 'one'), await read(0, ''), await read(1, '')], ['zero', 'one', 'zero', 'one']);
  assert.deepEqual([...cache.entryEntries()].map(([name]) => name), ['3_1_GET_k', 'db1_3_1_GET_k']);
  cache.invalidate('k');
  assert.equal(cache.size(), 0);
});

test('settings that mean nothing are refused', () => {
  assert.deepEqual([new BasicClientSideCache().ttl, new BasicClientSideCache().maxEntries, new BasicClientSideCache().lru], [0, 0, true]);
  const bad: [object, RegExp][] = [
    [{ ttl: -1 }, /ttl must be/], [{ ttl: '5' }, /ttl must be/], [{ maxEntries: NaN }, /maxEntries must be/],
    [{ evictPolicy: 'fifo' }, /evictPolicy must be 'LRU' or 'FIFO', got fifo/],
  ];
  for (const [config, message] of bad) assert.throws(() => new BasicClientSideCache(config), { name: 'TypeError', message });
});

test('an entry that no cache made', async () => {
  const stage = new Stage();
  stage.cache.set('3_1_GET_k', { invalidate: () => undefined, validate: () => true }, ['k']);
  await assert.rejects(stage.read(['GET', 'k']), { message: 'unknown cache entry type' });
});
