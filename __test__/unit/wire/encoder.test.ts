import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { RedisArgument } from '../../../lib/wire/command-parser';
import { CommandEncoder } from '../../../lib/wire/encoder';
import { argument, bytes, encodeNaively, isWellFormed, text } from './reference-encoder';

function fresh(size = 64): CommandEncoder {
  return new CommandEncoder(Buffer.alloc(size)).begin();
}

function finished(encoder: CommandEncoder): Buffer {
  const length = encoder.end();
  const command = encoder.buffer.subarray(encoder.start, encoder.position);
  assert.equal(command.length, length);
  return command;
}

test('commands are encoded like the obvious encoder does, whatever the buffer size', () => {
  fc.assert(
    fc.property(fc.array(argument, { minLength: 1, maxLength: 30 }), fc.integer({ min: 0, max: 4000 }), (args, size) => {
      const encoder = fresh(size);
      encoder.push(...args);
      assert.deepEqual(finished(encoder), encodeNaively(args));
      assert.equal(encoder.argc, args.length);
    }),
    { numRuns: 400 }
  );
});

test('commands follow each other in one buffer, dropped ones leave no trace', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.array(argument, { minLength: 1, maxLength: 12 }), fc.boolean())), (commands) => {
      const encoder = new CommandEncoder(Buffer.alloc(16));
      const kept: Buffer[] = [];
      for (const [args, keep] of commands) {
        encoder.begin();
        encoder.pushVariadic(args);
        if (!keep) continue;
        encoder.end();
        encoder.commit();
        kept.push(encodeNaively(args));
      }
      assert.deepEqual(encoder.buffer.subarray(0, encoder.start), Buffer.concat(kept));
    })
  );
});

test('headers of 9, 10, 99, 100, 999 and 1000 words', () => {
  for (const count of [1, 9, 10, 99, 100, 999, 1000, 10_000]) {
    const args = Array.from({ length: count }, (_, i) => `word ${i}`);
    const encoder = fresh();
    encoder.push('KEYED');
    encoder.pushKey('k');
    encoder.pushVariadic(args);
    const expected = encodeNaively(['KEYED', 'k', ...args]);
    assert.deepEqual(finished(encoder), expected);
    assert.deepEqual(finished(encoder), expected, 'end() may be called again');
    assert.equal(encoder.keyAt, expected.indexOf('$1\r\nk'));
    assert.deepEqual(encoder.redisArgs, ['KEYED', 'k', ...args]);
  }
});

test('the parser members push what their names say', () => {
  const encoder = fresh();
  encoder.push('A', 'B');
  encoder.pushVariadic('one');
  encoder.pushVariadic(['two', Buffer.from('three')]);
  encoder.pushVariadic([]);
  encoder.pushVariadicWithLength('x');
  encoder.pushVariadicWithLength(['y', 'z']);
  encoder.pushVariadicWithLength([]);
  encoder.pushVariadicNumber(1.5);
  encoder.pushVariadicNumber([2, -0, 1e21]);
  encoder.pushKeysLength('k1');
  encoder.pushKeysLength(['k2', 'k3']);
  encoder.pushKeys('k4');
  const expected = [
    'A', 'B', 'one', 'two', Buffer.from('three'), '1', 'x', '2', 'y', 'z', '0', '1.5', '2', '0', '1e+21',
    '1', 'k1', '2', 'k2', 'k3', 'k4'
  ];
  assert.deepEqual(encoder.redisArgs, expected);
  assert.deepEqual(finished(encoder), encodeNaively(expected));
  assert.deepEqual(encoder.redisArgs, expected);
  assert.deepEqual(encoder.keys, ['k1', 'k2', 'k3', 'k4']);
  assert.equal(encoder.firstKey, 'k1');
  assert.deepEqual(encoder.commandIdentifier, { command: 'A', subcommand: 'B' });
});

test('the route is where the first key is', () => {
  fc.assert(
    fc.property(fc.array(argument, { minLength: 1, maxLength: 15 }), argument, fc.array(argument), (before, key, after) => {
      const encoder = fresh();
      encoder.push(...before);
      encoder.pushKey(key);
      encoder.pushKeys(after);
      const command = finished(encoder);
      const framed = encodeNaively([key]).subarray(4);
      assert.deepEqual(command.subarray(encoder.keyAt, encoder.keyAt + framed.length), framed);
      assert.deepEqual(Buffer.from(encoder.firstKey as string), Buffer.from(key as string));
    })
  );
  const keyless = fresh();
  keyless.push('PING');
  assert.equal(keyless.keyAt, -1);
  assert.equal(keyless.firstKey, undefined);
  assert.deepEqual(keyless.keys, []);
});

test('a key prefix is joined to keys at byte level', () => {
  fc.assert(
    fc.property(argument, argument, (prefix, key) => {
      const encoder = fresh().begin(prefix);
      encoder.push('X');
      encoder.pushKey(key);
      encoder.pushKey(key, false);
      encoder.push(key);
      const joined: RedisArgument =
        typeof prefix === 'string' && typeof key === 'string'
          ? prefix + key
          : Buffer.concat([Buffer.from(prefix as string), Buffer.from(key as string)]);
      assert.deepEqual(finished(encoder), encodeNaively(['X', joined, key, key]));
      if (prefix.length > 0) assert.equal(typeof encoder.firstKey, typeof joined);
    })
  );
});

test('the prefix does not outlive its command', () => {
  const encoder = fresh().begin('p:');
  encoder.pushKey('a');
  assert.deepEqual(encoder.begin().redisArgs, []);
  encoder.pushKey('a');
  assert.deepEqual(encoder.keys, ['a']);
});

test('a marked routing key is not sent', () => {
  const encoder = fresh().begin('p:');
  encoder.push('GET', 'k');
  encoder.markRoutingKey('k');
  assert.deepEqual(finished(encoder), encodeNaively(['GET', 'k']));
  assert.equal(encoder.firstKey, 'k');
  assert.deepEqual(encoder.keys, ['k']);
  assert.equal(encoder.begin().firstKey, undefined);
});

test('getters tell Buffers from strings', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(bytes, text.filter(isWellFormed)), { minLength: 1 }), (args) => {
      const encoder = fresh();
      encoder.push(...args);
      encoder.end();
      assert.deepEqual(encoder.redisArgs, args);
    })
  );
});

test('preserve belongs to one command', () => {
  const encoder = fresh();
  encoder.preserve = { a: 1 };
  assert.deepEqual(encoder.preserve, { a: 1 });
  assert.equal(encoder.begin().preserve, undefined);
});

test('the last committed command survives a bad one', () => {
  const encoder = fresh();
  encoder.push('GET', 'a');
  encoder.end();
  encoder.commit();
  encoder.begin();
  encoder.push('GET', undefined as unknown as string, 5 as unknown as string);
  assert.throws(() => encoder.end(), {
    name: 'TypeError',
    message: '"arguments[1]" must be of type "string | Buffer", got undefined instead.'
  });
  assert.deepEqual(encoder.buffer.subarray(0, encoder.start), encodeNaively(['GET', 'a']));
  encoder.push('GET', 'b');
  assert.deepEqual(finished(encoder), encodeNaively(['GET', 'b']), 'rolled back by end()');
});

test('what is neither string nor Buffer is refused with its place and type', () => {
  const values: [unknown, string][] = [
    [undefined, 'undefined'], [null, 'null'], [1, 'number'], [true, 'boolean'], [1n, 'bigint'], [{}, 'object'],
    [new Date(), 'Date'], [new Uint8Array(1), 'Uint8Array'], [[], 'array'], [Symbol.iterator, 'symbol'], [() => 1, 'function']
  ];
  for (const [value, type] of values) {
    for (const prefix of [undefined, 'p', Buffer.from('p')]) {
      const encoder = fresh().begin(prefix);
      encoder.push('CONFIG', 'GET');
      encoder.pushKey(value as string);
      assert.throws(() => encoder.end(), new TypeError(`"arguments[2]" must be of type "string | Buffer", got ${type} instead.`));
    }
  }
  assert.throws(() => fresh().pushVariadicNumber(undefined as unknown as number), TypeError);
});

test('a command without words is refused', () => {
  assert.throws(() => fresh().end(), new TypeError('A command needs at least one word'));
});
