import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ErrorReply } from 'redis';
import { asBuffer, connect, count, rename } from '../src/data';

const url = process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379';

test('commands, transactions, scripts, type mappings, errors', { timeout: 20_000 }, async () => {
  const client = await connect(url);
  await client.set('text', 'é', { expiration: { type: 'EX', value: 60 } });
  const text: string | null = await client.get('text');
  assert.equal(text, 'é');
  assert.deepEqual(await asBuffer(client, 'text'), Buffer.from('é'));
  assert.deepEqual(await client.multi().set('n', 1).incr('n').exec(), ['OK', 2]);
  const sum: number = await client.addAndGet('n', 40);
  assert.equal(sum, 42);
  const scores: { value: string; score: number }[] = await client.zAdd('z', { value: 'a', score: 1 }).then(() => client.zRangeWithScores('z', 0, -1));
  assert.deepEqual(scores, [{ value: 'a', score: 1 }]);
  await assert.rejects(client.lPush('text', 'x'), ErrorReply);
  const keys: string[] = [];
  for await (const page of client.scanIterator({ MATCH: 'z*' })) keys.push(...page);
  assert.deepEqual(keys, ['z']);
  await client.close();
});

test('functions that take any client, and pools', { timeout: 20_000 }, async () => {
  const client = await connect(url);
  assert.equal(await rename(client, 'person', 'Ada'), 'Ada');
  assert.equal(await count(url, 10), 10);
  await client.close();
});
