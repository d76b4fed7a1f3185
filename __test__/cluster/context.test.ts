/** Clusters in the program of a user: in which context of AsyncLocalStorage functions run, and how `await using` ends. */
import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, test } from 'node:test';
import { BasicPooledClientSideCache, DisconnectsClientError } from '../../lib';
import { onServer } from '../support/on-server';
import { until } from '../support/until';
import { clusterStage } from './scenarios/stage';
import { tagsOf } from './servers/migration';

const current = new AsyncLocalStorage<string>();
const where = (): string => current.getStore() ?? 'none';

onServer('default', () => describe('a cluster in a program', () => {
  const stage = clusterStage({ replicas: 0 });
  const tags = tagsOf([100, 8000, 16_000]);

  test('commands, transactions and scans go on in the context of their caller', async () => {
    const client = await stage.connected({ clientSideCache: new BasicPooledClientSideCache() });
    const calls: (() => Promise<unknown>)[] = [
      () => client.get('key'),
      () => client.get('key'),
      () => client.mGet(tags),
      () => client.mSet(tags.map((tag): [string, string] => [tag, '1'])),
      () => client.dbSize(),
      () => client.multi().set('key', 1).get('key').exec(),
      () => client.multi().set('key', 1).execAsPipeline(),
      () => client.scan('0'),
      () => client.sendCommand('key', true, ['GET', 'key']),
      () => client.getNodeClientForKey('key'),
      () => client.incr('{text}'),
      async () => {
        for await (const keys of client.scanIterator()) assert.ok(keys.length >= 0 && where() === 'scan');
      },
    ];
    await client.set('{text}', 'no number');
    // All at once: their replies come together.
    await Promise.all(calls.map((call, index) => current.run(index === calls.length - 1 ? 'scan' : `call ${index}`, async () => {
      const own = where();
      await call().catch(() => undefined);
      assert.equal(where(), own);
    })));
    await client.close();
  });

  test('events run in the context of connect(), listeners of pub/sub in that of the subscription or of connect()', async () => {
    const client = stage.client();
    const seen = new Map<string, string>();
    for (const event of ['connect', 'node-connect', 'node-ready', 'node-error', 'node-reconnecting', 'node-disconnect']) {
      client.on(event, () => seen.set(event, where()));
    }
    await current.run('connect', () => client.connect());
    const heard: string[] = [];
    await current.run('subscribe', async () => {
      await client.subscribe('news', () => heard.push(where()));
      await client.sSubscribe('shard', () => heard.push(where()));
      assert.equal(where(), 'subscribe');
    });
    await current.run('publish', async () => {
      await client.publish('news', 'one');
      await client.sPublish('shard', 'two');
      for (const node of stage.cluster.live) await node.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes').catch(() => undefined);
    });
    await until(() => heard.length === 2 && seen.has('node-reconnecting'), 'messages and losses');
    await until(() => client.masters.every(({ client: node }) => node?.isReady), 'new connections');
    await current.run('close', () => client.close());
    seen.delete('node-disconnect');
    for (const [event, context] of seen) assert.equal(context, 'connect', event);
    for (const context of heard) assert.ok(context === 'connect' || context === 'subscribe', context);
  });

  test('functions of options run in the context of connect()', async () => {
    const seen = new Set<string>();
    const client = stage.client({
      nodeAddressMap: (address) => {
        seen.add(where());
        return { host: '127.0.0.1', port: Number(address.split(':')[1]) };
      },
    });
    await current.run('connect', () => client.connect());
    await current.run('command', () => client.set('key', 1));
    await current.run('command', async () => {
      for (const node of stage.cluster.live) await node.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes').catch(() => undefined);
    });
    await until(() => client.masters.every(({ client: node }) => node?.isReady), 'new connections');
    await current.run('command', () => client.set('key', 1));
    client.destroy();
    assert.deepEqual([...seen], ['connect']);
  });

  test('await using completes what was issued', async () => {
    const replies: Promise<unknown>[] = [];
    let used;
    {
      await using client = await stage.connected();
      used = client;
      for (const tag of tags) replies.push(client.set(`{${tag}}`, 1), client.multi().incr(`{${tag}}`).exec());
      replies.push(client.mGet(tags));
    }
    assert.equal(used.isOpen, false);
    await Promise.all(replies);
  });

  test('await using ends also after an error, after close() and without connect()', async () => {
    let used;
    await assert.rejects(async () => {
      await using client = await stage.connected();
      used = client;
      throw new Error('mine');
    }, { message: 'mine' });
    assert.equal((used as unknown as { isOpen: boolean }).isOpen, false);
    {
      await using client = await stage.connected();
      await client.close();
    }
    {
      await using _client = stage.client();
    }
  });

  test('close() with a timeout, and await using, do not wait for ever', async () => {
    const client = await stage.connected();
    const blocked = assert.rejects(client.blPop('nothing', 0), DisconnectsClientError);
    const since = performance.now();
    await client.close({ timeout: 100 });
    assert.ok(performance.now() - since >= 99);
    await blocked;
    assert.equal(client.isOpen, false);
    await client.connect();
    assert.equal(await client.set('key', 1), 'OK', 'it can be used again');
    await client.close({ timeout: 10_000 });
    const disposed = await stage.connected();
    const rejected = assert.rejects(disposed.blPop('nothing', 0), DisconnectsClientError);
    await disposed[Symbol.asyncDispose]();
    await rejected;
  });
}));
