import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BasicClientSideCache, createClient, type AnyRedisClientOptions } from '../../../lib';
import { rig } from '../client/scripted-link';

type CacheOption = AnyRedisClientOptions['clientSideCache'];

test('what may be given', () => {
  const cache = new BasicClientSideCache();
  assert.equal(createClient({ clientSideCache: cache }).clientSideCache, cache);
  const made = createClient({ clientSideCache: { ttl: 5, maxEntries: 7, evictPolicy: 'FIFO' } }).clientSideCache as BasicClientSideCache;
  assert.deepEqual([made.ttl, made.maxEntries, made.lru], [5, 7, false]);
  for (const none of [undefined, null, false]) {
    assert.equal(createClient({ clientSideCache: none as CacheOption }).clientSideCache, undefined);
  }
});

test('a provider of another copy of the package is known by its methods', () => {
  const nothing = (): void => undefined;
  const provider = { handleCache: nothing, trackingOn: nothing, invalidate: nothing, onError: nothing, onClose: nothing };
  assert.equal(createClient({ clientSideCache: provider as unknown as CacheOption }).clientSideCache, provider);
  assert.throws(
    () => createClient({ clientSideCache: { ...provider, onClose: undefined } as unknown as CacheOption }),
    { name: 'TypeError', message: 'clientSideCache must be a configuration or a provider: it has no method onClose' },
  );
});

test('settings are checked when the client is made', () => {
  assert.throws(() => createClient({ clientSideCache: { ttl: -1 } }), { name: 'TypeError', message: /ttl must be/ });
});

test('trackingOn() has to give a command', async () => {
  for (const words of [undefined, [], 'CLIENT', [1]]) {
    const cache = Object.assign(new BasicClientSideCache(), { trackingOn: () => words as unknown as string[] });
    const client = createClient({ clientSideCache: cache });
    await assert.rejects(client.connect(), { name: 'TypeError', message: /trackingOn\(\) of the client-side cache must give/ });
    assert.equal(client.isOpen, false);
  }
});

test('the words of trackingOn() are those of every connection', async () => {
  const cache = Object.assign(new BasicClientSideCache(), { trackingOn: () => ['CLIENT', 'TRACKING', 'ON', 'NOLOOP'] });
  const { client, link } = rig({ clientSideCache: cache });
  const connecting = client.connect();
  assert.deepEqual(link.options?.tracking, ['CLIENT', 'TRACKING', 'ON', 'NOLOOP']);
  client.destroy();
  await assert.rejects(connecting);
});
