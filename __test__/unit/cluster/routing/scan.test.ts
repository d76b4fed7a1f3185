// SCAN over all primaries, with cursors of the cluster.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ClusterScanMethods } from '../../../../lib/cluster/routing/scan-iterators';
import { IDLE_LIMIT } from '../../../../lib/cluster/routing/virtual-cursors';
import { ClientClosedError, SimpleError, SocketClosedUnexpectedlyError } from '../../../../lib/errors';
import { hashSlot } from '../../../../lib/wire/hash-slot';
import { RESP_TYPES } from '../../../../lib/wire/resp-types';
import { until } from '../../../support/until';
import { ModelCluster, ModelNode } from './model-cluster';

interface Page {
  cursor: string;
  keys: string[];
}

const KEYS = Array.from({ length: 100 }, (_, i) => `key:${i}`);

function filled(primaries = 3, now?: () => number): ModelCluster {
  const cluster = new ModelCluster(primaries, 0, now);
  for (const key of KEYS) cluster.set(key, 'x');
  return cluster;
}

const scan = (cluster: ModelCluster, cursor: string): Promise<Page> => cluster.call('scan', [cursor]) as Promise<Page>;

/** Reads the rest, and calls back before each page. */
async function rest(cluster: ModelCluster, cursor = '0', before: (page: number) => void = () => undefined): Promise<string[]> {
  const keys: string[] = [];
  for (let page = 0; page === 0 || cursor !== '0'; page++) {
    assert.ok(page < 500, 'the scan has no end');
    before(page);
    const reply = await scan(cluster, cursor);
    cursor = reply.cursor;
    keys.push(...reply.keys);
  }
  return keys;
}

const sorted = (keys: Iterable<string>): string[] => [...keys].sort();

describe('pages', () => {
  test('every key of every primary, each once', async () => {
    const cluster = filled();
    const keys = await rest(cluster);
    assert.deepEqual(sorted(keys), sorted(KEYS));
    assert.equal(cluster.cursors.size, 0);
  });

  test('cursors are counted up and stay the same during a scan', async () => {
    const cluster = filled();
    const first = await scan(cluster, '0');
    const other = await scan(cluster, '0');
    assert.deepEqual([first.cursor, other.cursor], ['1', '2']);
    assert.equal((await scan(cluster, '1')).cursor, '1');
    assert.deepEqual(sorted([...other.keys, ...await rest(cluster, '2')]), sorted(KEYS));
  });

  test('given as words: the reply is as the server sends it', async () => {
    const cluster = filled();
    assert.deepEqual((await cluster.raw(['SCAN', '0', 'COUNT', '1']) as unknown[])[0], '1');
    const [cursor] = await cluster.raw(['SCAN', Buffer.from('1')], { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } }) as unknown[];
    assert.deepEqual(cursor, Buffer.from('1'));
  });

  test('without a cursor the server tells what is wrong', async () => {
    const cluster = new ModelCluster();
    for (const node of cluster.primaries) {
      node.answers.set('SCAN', () => {
        throw new SimpleError("ERR wrong number of arguments for 'scan' command");
      });
    }
    await assert.rejects(cluster.raw(['SCAN']), /wrong number/);
  });

  test('BLESS SCAN has its cursor one word later, and cursors are not exchanged', async () => {
    const cluster = filled();
    for (const node of cluster.primaries) node.answers.set('BLESS SCAN', (words) => [words[2] === '0' ? '17' : '0', [`${node.address} ${words[2]}`]]);
    const pages: string[] = [];
    let cursor = '0';
    do {
      const page = await cluster.call('blessScan', [cursor, 'NOEVICT']) as Page;
      cursor = page.cursor;
      pages.push(...page.keys);
    } while (cursor !== '0');
    assert.deepEqual(pages, cluster.primaries.flatMap(({ address }) => [`${address} 0`, `${address} 17`]));
    const { cursor: ofScan } = await scan(cluster, '0');
    await assert.rejects(cluster.call('blessScan', [ofScan, 'NOEVICT']), /^Error: BLESS SCAN: unknown cursor "2"/);
  });
});

describe('cursors that nobody knows', () => {
  test('foreign ones', async () => {
    await assert.rejects(scan(filled(), '77'), (error: Error & { code: string; command: string }) => {
      assert.match(error.message, /^SCAN: unknown cursor "77"\. .*restart the scan from 0\.$/);
      assert.deepEqual([error.code, error.command], ['OXREDIS_UNKNOWN_CURSOR', 'SCAN']);
      return true;
    });
  });

  test('idle ones: each use counts', async () => {
    let now = 1000;
    const cluster = filled(3, () => now);
    const { cursor } = await scan(cluster, '0');
    for (let i = 0; i < 3; i++) {
      now += IDLE_LIMIT;
      await scan(cluster, cursor);
    }
    now += IDLE_LIMIT + 1;
    await assert.rejects(scan(cluster, cursor), { code: 'OXREDIS_UNKNOWN_CURSOR' });
    const next = await scan(cluster, '0');
    now += IDLE_LIMIT + 1;
    await scan(cluster, '0');
    assert.equal(cluster.cursors.size, 1, `cursor ${next.cursor} was dropped by itself`);
  });

  test('used up ones', async () => {
    const cluster = filled();
    const { cursor } = await scan(cluster, '0');
    await rest(cluster, cursor);
    await assert.rejects(scan(cluster, cursor), { code: 'OXREDIS_UNKNOWN_CURSOR' });
  });
});

describe('when the cluster changes', () => {
  test('a node that is gone is continued where its slots are now', async () => {
    const cluster = filled();
    const [first] = cluster.primaries as [ModelNode];
    const replica = new ModelNode('127.0.0.1:9000', false);
    const keys = await rest(cluster, '0', (page) => {
      if (page !== 2) return;
      cluster.primaries[0] = replica;
      cluster.move(0, 5461, replica);
    });
    assert.deepEqual(sorted(new Set(keys)), sorted(KEYS));
    assert.equal(first.calls.length, 2);
  });

  test('slots of a node that is gone went to a node that was scanned already', async () => {
    const cluster = filled();
    const [first, second] = cluster.primaries as [ModelNode, ModelNode];
    const keys = await rest(cluster, '0', () => {
      if (second.calls.length !== 1 || !cluster.primaries.includes(second)) return;
      cluster.primaries.splice(1, 1);
      cluster.move(5462, 10_923, first);
    });
    assert.equal(cluster.primaries.length, 2);
    assert.deepEqual(sorted(new Set(keys)), sorted(KEYS));
  });

  test('slots that move back and forth at any time', async () => {
    for (let seed = 1; seed <= 50; seed++) {
      const cluster = filled(4);
      let state = seed;
      const random = (below: number): number => {
        state = (state * 48_271) % 2_147_483_647;
        return state % below;
      };
      const keys = await rest(cluster, '0', (page) => {
        if (page > 40 || random(3) !== 0) return;
        const from = random(16_384);
        cluster.move(from, Math.min(16_383, from + random(6000)), cluster.primaries[random(4)] as ModelNode);
      });
      assert.deepEqual(sorted(new Set(keys)), sorted(KEYS), `seed ${seed}`);
    }
  });

  test('slots that nobody serves are left out', async () => {
    const cluster = filled();
    cluster.primaries.splice(1, 1);
    for (let slot = 5462; slot <= 10_923; slot++) cluster.owners[slot] = undefined;
    const served = KEYS.filter((key) => cluster.primaryOf(hashSlot(key)) !== undefined);
    assert.deepEqual(sorted(await rest(cluster)), sorted(served));
  });

  test('an error of a node reaches the caller, and the cursor can be tried again', async () => {
    const cluster = filled();
    const { cursor, keys } = await scan(cluster, '0');
    const [first] = cluster.primaries as [ModelNode];
    first.failure = new SimpleError('ERR broken');
    await assert.rejects(scan(cluster, cursor), first.failure);
    first.failure = undefined;
    assert.deepEqual(sorted([...keys, ...await rest(cluster, cursor)]), sorted(KEYS));
  });

  test('a node that is lost is tried again, until its slots have another owner', async () => {
    for (const failure of [new SocketClosedUnexpectedlyError(), new SimpleError('LOADING'), new ClientClosedError()]) {
      const cluster = filled();
      const { cursor, keys } = await scan(cluster, '0');
      const [first] = cluster.primaries as [ModelNode];
      const replica = new ModelNode('127.0.0.1:9000', false);
      first.failure = failure;
      const page = scan(cluster, cursor);
      await until(() => first.calls.length >= 3, 'the lost node is asked again');
      cluster.primaries[0] = replica;
      cluster.move(0, 5461, replica);
      const more = await page;
      assert.deepEqual(sorted(new Set([...keys, ...more.keys, ...await rest(cluster, more.cursor)])), sorted(KEYS));
    }
  });

  test('a node that stays lost costs the error after the timeout, and a closed cluster at once', async () => {
    const cluster = filled();
    const [first] = cluster.primaries as [ModelNode];
    first.failure = new SocketClosedUnexpectedlyError();
    await assert.rejects(cluster.call('scan', ['0'], { timeout: 50 }), first.failure);
    // 20 ms later, and not 40 ms after that; on a busy machine not even once.
    const tries = first.calls.length;
    assert.ok(tries === 1 || tries === 2, String(tries));
    const page = cluster.call('scan', ['0'], { timeout: 5000 });
    cluster.closed = new Error('closed');
    await assert.rejects(page, first.failure);
    assert.equal(first.calls.length, tries + 1);
  });

  test('there is no node at all', async () => {
    const cluster = new ModelCluster(0);
    await assert.rejects(scan(cluster, '0'), { code: 'OXREDIS_NO_PRIMARY' });
  });
});

test('two calls with one cursor do not skip keys', async () => {
  const cluster = filled();
  const { cursor, keys } = await scan(cluster, '0');
  const twins = await Promise.all([scan(cluster, cursor), scan(cluster, cursor)]);
  const later = await rest(cluster, cursor);
  assert.deepEqual(sorted(new Set([...keys, ...twins.flatMap((page) => page.keys), ...later])), sorted(KEYS));
});

describe('scanIterator', () => {
  class Client extends ClusterScanMethods<{}> {
    readonly _self = this;
    readonly _commandOptions = {};
    constructor(readonly _executor: ModelCluster) {
      super();
    }
  }

  test('yields pages of all primaries', async () => {
    const cluster = filled();
    const pages: string[][] = [];
    for await (const page of new Client(cluster).scanIterator({ COUNT: 7 })) pages.push(page);
    assert.deepEqual(sorted(pages.flat()), sorted(KEYS));
    assert.equal(pages.every(({ length }) => length <= 7), true);
    assert.equal(cluster.cursors.size, 0);
  });

  test('goes on however long its consumer takes, and from a cursor of scan', async () => {
    let now = 0;
    const cluster = filled(3, () => now);
    const { cursor, keys } = await scan(cluster, '0');
    const found = [...keys];
    for await (const page of new Client(cluster).scanIterator({ cursor })) {
      now += 2 * IDLE_LIMIT;
      found.push(...page);
    }
    assert.deepEqual(sorted(found), sorted(KEYS));
    await assert.rejects(new Client(cluster).scanIterator({ cursor: '5' }).next(), { code: 'OXREDIS_UNKNOWN_CURSOR' });
  });

  test('ends with the error of a closed cluster', async () => {
    const cluster = filled();
    const pages = new Client(cluster).scanIterator();
    await pages.next();
    cluster.closed = new Error('closed');
    await assert.rejects(pages.next(), cluster.closed);
  });
});
