import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { BasicCommandParser as TheirParser } from '@redis/client/dist/lib/client/parser';
import theirEncodeCommand from '@redis/client/dist/lib/RESP/encoder';
import { BasicCommandParser, cacheKeyOf, prefixKeys, type CommandParser, type RedisArgument } from '../../../lib/wire/command-parser';
import { CommandEncoder } from '../../../lib/wire/encoder';
import { argument, isWellFormed } from './reference-encoder';

type Step = (parser: CommandParser) => void;
const wellFormed = argument.filter((value) => typeof value !== 'string' || isWellFormed(value));
const variadic = fc.oneof(wellFormed, fc.array(wellFormed, { maxLength: 5 }));
const numbers = fc.oneof(fc.double(), fc.array(fc.oneof(fc.integer(), fc.double()), { maxLength: 4 }));

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.array(wellFormed, { maxLength: 4 }).map((args): Step => (parser) => parser.push(...args)),
  variadic.map((values): Step => (parser) => parser.pushVariadic(values)),
  variadic.map((values): Step => (parser) => parser.pushVariadicWithLength(values)),
  numbers.map((values): Step => (parser) => parser.pushVariadicNumber(values)),
  fc.tuple(wellFormed, fc.boolean()).map(([key, prefixed]): Step => (parser) => parser.pushKey(key, prefixed)),
  variadic.map((keys): Step => (parser) => parser.pushKeys(keys)),
  variadic.map((keys): Step => (parser) => parser.pushKeysLength(keys))
);

function theirBytes(args: readonly RedisArgument[]): Buffer {
  return Buffer.concat(theirEncodeCommand(args).map((part) => Buffer.from(part as string)));
}

test('the parsers agree with npm redis on arguments, keys, identifier and bytes', () => {
  fc.assert(
    fc.property(fc.option(wellFormed, { nil: undefined }), fc.array(step, { minLength: 1, maxLength: 8 }), (prefix, steps) => {
      const theirs = new TheirParser(prefix);
      const ours = new BasicCommandParser(prefix);
      const encoder = new CommandEncoder(Buffer.alloc(100)).begin(prefix);
      for (const parser of [theirs, ours, encoder]) for (const run of steps) run(parser as CommandParser);
      for (const parser of [ours, encoder]) {
        assert.deepEqual(parser.redisArgs, theirs.redisArgs);
        assert.deepEqual(parser.keys, theirs.keys);
        assert.deepEqual(parser.firstKey, theirs.firstKey);
        assert.deepEqual(parser.commandIdentifier, theirs.commandIdentifier);
      }
      if (theirs.redisArgs.length === 0) return;
      encoder.end();
      assert.deepEqual(encoder.buffer.subarray(encoder.start, encoder.position), theirBytes(theirs.redisArgs));
      assert.deepEqual(encoder.redisArgs, theirs.redisArgs);
      assert.deepEqual(encoder.keys, theirs.keys);
    }),
    { numRuns: 300 }
  );
});

test('cache keys are those of npm redis, except where theirs mix up bytes that are not UTF-8', () => {
  for (const args of [['GET', 'k'], ['MGET', 'a', 'b_c'], ['GET', 'é€😀'], ['GET', Buffer.from('é')], ['GET', '']]) {
    const theirs = new TheirParser();
    theirs.push(...args);
    const ours = new BasicCommandParser();
    ours.push(...args);
    const encoder = new CommandEncoder(Buffer.alloc(0)).begin();
    encoder.push(...args);
    assert.equal(ours.cacheKey, theirs.cacheKey);
    assert.equal(encoder.cacheKey, theirs.cacheKey);
  }
  assert.notEqual(cacheKeyOf(['GET', Buffer.from([0xff])]), cacheKeyOf(['GET', Buffer.from([0xfe])]));
  assert.notEqual(cacheKeyOf(['GET', Buffer.from([0xff])]), cacheKeyOf(['GET', 'ÿ']));
});

test('a marked routing key', () => {
  const theirs = new TheirParser('p');
  const ours = new BasicCommandParser('p');
  for (const parser of [theirs, ours]) {
    parser.push('GET', 'k');
    parser.markRoutingKey('k');
  }
  assert.equal(ours.firstKey, theirs.firstKey);
  assert.deepEqual(ours.redisArgs, theirs.redisArgs);
});

test('prefixKeys takes one key or several', () => {
  assert.deepEqual(prefixKeys('p', 'a'), ['pa']);
  assert.deepEqual(prefixKeys('p', ['a', Buffer.from('b')]), ['pa', Buffer.from('pb')]);
  assert.deepEqual(prefixKeys('', ['a']), ['a']);
  assert.deepEqual(prefixKeys(undefined, 'a'), ['a']);
});
