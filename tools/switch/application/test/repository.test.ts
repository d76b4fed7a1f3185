import assert from 'node:assert/strict';
import { test } from 'node:test';
import { create, open, Repository } from '../src/repository';

const url = process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379';

test('a repository over a client', { timeout: 20_000 }, async () => {
  const client = create(url);
  await client.connect();
  const people = new Repository(client);
  await people.save('ada', { name: 'Ada', year: 1815 });
  await people.save('ada', { name: 'Ada', year: 1815 });
  assert.deepEqual(await people.find('ada'), { name: 'Ada', year: 1815 });
  assert.equal(await people.find('nobody'), undefined);
  const heard: string[] = [];
  const stop = await people.watch('ada', (message, channel) => heard.push(`${channel} ${message}`));
  assert.equal(await people.publish('ada', 'renamed'), 1);
  while (heard.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.deepEqual(heard, ['changes:ada renamed']);
  await stop();
  await client.close();
});

test('a client whose type is declared', { timeout: 20_000 }, async () => {
  const client = open(url);
  await client.connect();
  assert.equal(await client.exists('nothing'), 0);
  await client.close();
});
