import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClient } from '@redis/client';
import { SCHEMA_FIELD_TYPE } from '@redis/search';
import { TIME_SERIES_DUPLICATE_POLICIES } from '@redis/time-series';

const url = process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379';

test('constants of the packages of modules', () => {
  assert.equal(SCHEMA_FIELD_TYPE.TAG, 'TAG');
  assert.equal(TIME_SERIES_DUPLICATE_POLICIES.LAST, 'LAST');
});

test('a client of @redis/client', { timeout: 20_000 }, async () => {
  const client = createClient({ url });
  await client.connect();
  assert.equal(await client.ping(), 'PONG');
  await client.close();
});
