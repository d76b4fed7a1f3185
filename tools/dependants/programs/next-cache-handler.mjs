// A cache handler for Next.js: values with tags, revalidated, expired, removed; aborted commands.
import createRedisHandler from '@fortedigital/nextjs-cache-handler/redis-strings';
import { connected, say, tell, ttl } from './shared/stage.mjs';

const client = await connected();
const handler = await createRedisHandler({ client, keyPrefix: 'next:', sharedTagsKey: 'tags', sharedTagsTtlKey: 'ttls', timeoutMs: 5000 });
say('name', handler.name);
const now = Math.floor(Date.now() / 1000);
const entry = (tags) => ({
  lastModified: 1, tags, lifespan: { expireAge: 100, expireAt: now + 100, lastModifiedAt: now, revalidate: 50, staleAge: 50, staleAt: now + 50 },
  value: { kind: 'FETCH', data: { body: 'body', headers: {}, status: 200, url: 'u' }, revalidate: 50, tags },
});
await tell('set', handler.set('one', entry(['a', 'b'])));
await tell('set', handler.set('two', entry(['b'])));
const found = await handler.get('one', { implicitTags: [] });
say('get', [found?.value, found?.tags]);
await tell('get of none', handler.get('none', { implicitTags: [] }));
say('keys', (await client.keys('*')).sort());
say('ttl', ttl(await client.ttl('next:one'), 101));
say('tags', await client.hGetAll('next:tags'));
await tell('revalidate', handler.revalidateTag('a'));
say('keys after', (await client.keys('*')).sort());
await tell('delete', handler.delete?.('two'));
say('keys at the end', (await client.keys('next:t*')).sort());
await client.close();
await handler.get('two', { implicitTags: [] }).then((value) => say('after close', value), (error) => say('after close fails', error));
