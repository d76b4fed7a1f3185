/** Big replies lie in memory that is used again: no value may change because of a later one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { RESP_TYPES } from '../../lib';
import { liveStage } from './stage';

const stage = liveStage();

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** A value that says which one it is at every place. */
function valueOf(number: number, length: number): Buffer {
  return Buffer.alloc(length, `<${number}:${length}>`);
}

/** Lengths around the limits of pieces, of blocks that are exact, and of blocks that are kept. */
const LENGTHS = [65_535, 65_536, 65_537, 131_071, 200_000, 200_001, 1_000_000, 1_048_576, 1_048_576, 1_050_000, 9_000_000];

test('Buffers and strings keep their bytes while others come and go', async () => {
  const [one, other] = [await stage.connected(), await stage.connected()];
  await Promise.all(LENGTHS.map((length, i) => one.set(`big:${i}`, valueOf(i, length))));
  const clients = [one, other].map((client) => client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer }));
  const kept: [Buffer, number][] = [];
  for (let round = 0; round < 12; round++) {
    await Promise.all(LENGTHS.map(async (length, i) => {
      const bytes = await clients[(round + i) % 2].get(`big:${i}`) as unknown as Buffer;
      assert.equal(bytes.length, length);
      if ((round + i) % 3 === 0) kept.push([bytes, i]);
      const text = await (round % 2 === 0 ? one : other).get(`big:${i}`) as string;
      assert.equal(text, valueOf(i, length).toString());
    }));
    if (round % 4 === 3) {
      collectGarbage();
      // What was collected is given back in a later turn.
      await sleep(1);
    }
  }
  assert.equal(kept.length, 44);
  for (const [bytes, i] of kept) assert.ok(bytes.equals(valueOf(i, LENGTHS[i])), `big:${i} has changed`);
});

test('a caller may write to a Buffer, and the memory is still right afterwards', async () => {
  const client = await stage.connected();
  const length = 300_000;
  await client.set('mine', valueOf(1, length));
  const bytes = client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
  for (let i = 0; i < 20; i++) {
    const got = await bytes.get('mine') as unknown as Buffer;
    assert.ok(got.equals(valueOf(1, length)));
    got.fill(0xff);
    if (i % 5 === 0) collectGarbage();
    await sleep(0);
  }
  assert.equal(await client.get('mine'), valueOf(1, length).toString());
});

test('big values inside arrays, and replies that begin in the same piece', async () => {
  const client = await stage.connected();
  const values = [100_000, 70_000, 500_000, 10, 66_000].map((length, i) => valueOf(i, length));
  await Promise.all(values.map((value, i) => client.set(`part:${i}`, value)));
  const keys = values.map((_, i) => `part:${i}`);
  const bytes = client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
  for (let round = 0; round < 10; round++) {
    const [arrays, strings, ...single] = await Promise.all([
      bytes.mGet(keys), client.mGet(keys), ...keys.map((key) => client.get(key)), ...keys.map((key) => bytes.get(key)),
    ]);
    assert.deepEqual(arrays, values);
    const texts = values.map((value) => value.toString());
    assert.deepEqual(strings, texts);
    assert.deepEqual(single, [...texts, ...values]);
  }
});
