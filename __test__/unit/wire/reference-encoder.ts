/** The obvious encoder, to compare with, and arguments of every kind to encode. */
import * as fc from 'fast-check';
import type { RedisArgument } from '../../../lib/wire/command-parser';

export function encodeNaively(args: readonly RedisArgument[]): Buffer {
  const parts = [Buffer.from(`*${args.length}\r\n`)];
  for (const arg of args) {
    const bytes = Buffer.from(arg as string);
    parts.push(Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from('\r\n'));
  }
  return Buffer.concat(parts);
}

/** Any sequence of UTF-16 units, lone surrogates included. */
const anyUnits = (maxLength: number) =>
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength }).map((units) => String.fromCharCode(...units));

export const text: fc.Arbitrary<string> = fc.oneof(
  fc.string({ maxLength: 60 }),
  fc.string({ unit: 'grapheme', maxLength: 60 }),
  anyUnits(60),
  fc.string({ unit: 'binary', minLength: 100, maxLength: 300 }),
  fc.nat({ max: 5000 }).map((length) => 'x'.repeat(length)),
  fc.tuple(fc.nat({ max: 200 }), fc.constantFrom('é', '€', '😀', '\ud800', '\udc00')).map(([n, s]) => 'a'.repeat(n) + s)
);

export const bytes: fc.Arbitrary<Buffer> = fc.uint8Array({ maxLength: 200 }).map((value) => Buffer.from(value));

export const argument: fc.Arbitrary<RedisArgument> = fc.oneof({ weight: 3, arbitrary: text }, { weight: 1, arbitrary: bytes });

/** Text that survives UTF-8: no lone surrogates. */
export const isWellFormed = (value: string): boolean => Buffer.from(value).toString() === value;
