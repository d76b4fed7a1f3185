import type { CommandParser, RedisArgument, RedisVariadicArgument } from '../wire/command-parser';
import type { ArrayReply, NullReply, NumberReply } from '../wire/resp-types';
import { destinationAndKeys, oneOrMoreKeys } from './args';
import { command } from './command';
import * as reply from './replies';

/** The value of a bit. */
export type BitValue = 0 | 1;

export interface BitCountRange {
  start: number;
  end: number;
  /** The unit of `start` and `end`. Default: bytes. */
  mode?: 'BYTE' | 'BIT';
}

/** A signed or unsigned integer with this many bits: `'i16'`, `'u8'`. */
export type BitFieldEncoding = `${'i' | 'u'}${number}`;

/** The position of an integer: an offset in bits, or `#n` for the n-th integer. */
type BitFieldOffset = number | string;

export interface BitFieldGetOperation {
  operation: 'GET';
  encoding: BitFieldEncoding;
  offset: BitFieldOffset;
}

export interface BitFieldSetOperation {
  operation: 'SET';
  encoding: BitFieldEncoding;
  offset: BitFieldOffset;
  value: number;
}

export interface BitFieldIncrByOperation {
  operation: 'INCRBY';
  encoding: BitFieldEncoding;
  offset: BitFieldOffset;
  increment: number;
}

/** How the operations after this one handle overflow: `'WRAP'`, `'SAT'` or `'FAIL'`. */
export interface BitFieldOverflowOperation {
  operation: 'OVERFLOW';
  behavior: string;
}

export type BitFieldOperations = (
  BitFieldGetOperation | BitFieldSetOperation | BitFieldIncrByOperation | BitFieldOverflowOperation
)[];
export type BitFieldRoOperations = Omit<BitFieldGetOperation, 'operation'>[];

function pushOperations(c: CommandParser, key: RedisArgument, operations: BitFieldOperations): void {
  c.pushKey(key);
  for (const item of operations) {
    switch (item.operation) {
      case 'GET':
        c.push('GET', item.encoding, item.offset.toString());
        break;
      case 'SET':
        c.push('SET', item.encoding, item.offset.toString(), item.value.toString());
        break;
      case 'INCRBY':
        c.push('INCRBY', item.encoding, item.offset.toString(), item.increment.toString());
        break;
      case 'OVERFLOW':
        c.push('OVERFLOW', item.behavior);
        break;
    }
  }
}

export type BitOperations = 'AND' | 'OR' | 'XOR' | 'NOT' | 'DIFF' | 'DIFF1' | 'ANDOR' | 'ONE';

export const bitmaps = {
  /** Returns the number of bits that are 1, in a string or in a range of it. */
  bitCount: command('BITCOUNT', (c, key: RedisArgument, range?: BitCountRange) => {
    c.pushKey(key);
    if (!range) return;
    c.push(range.start.toString(), range.end.toString());
    if (range.mode) c.push(range.mode);
  }, reply.number),
  /**
   * Reads and writes integers inside a string. Returns one result per operation, null for those that failed by
   * overflow.
   */
  bitField: command('BITFIELD', pushOperations, reply.asIs<ArrayReply<NumberReply | NullReply>>()),
  /** Reads integers inside a string and returns them. Can run on replicas. */
  bitFieldRo: command('BITFIELD_RO', (c, key: RedisArgument, operations: BitFieldRoOperations) => {
    c.pushKey(key);
    for (const operation of operations) c.push('GET', operation.encoding, operation.offset.toString());
  }, reply.numbers),
  /** Combines strings bit by bit and stores the result. Returns its length in bytes. */
  bitOp: command('BITOP', (c, operation: BitOperations, destKey: RedisArgument, key: RedisVariadicArgument) => {
    c.push(operation);
    c.pushKey(destKey);
    c.pushKeys(key);
  }, reply.number),
  /** Returns the position of the first bit that is 0 or 1, -1 if there is none. */
  bitPos: command('BITPOS', (c, key: RedisArgument, bit: BitValue, start?: number, end?: number, mode?: 'BYTE' | 'BIT') => {
    c.pushKey(key);
    c.push(bit.toString());
    if (start !== undefined) c.push(start.toString());
    if (end !== undefined) c.push(end.toString());
    if (mode) c.push(mode);
  }, reply.number),
  /** Returns the bit at an offset. */
  getBit: command('GETBIT', (c, key: RedisArgument, offset: number) => {
    c.pushKey(key);
    c.push(offset.toString());
  }, reply.bit),
  /** Sets the bit at an offset and returns the previous one. */
  setBit: command('SETBIT', (c, key: RedisArgument, offset: number, value: BitValue) => {
    c.pushKey(key);
    c.push(offset.toString(), value.toString());
  }, reply.bit),
};

export const hyperLogLog = {
  /** Adds elements to a HyperLogLog. Returns 1 if its estimate changed, else 0. */
  pfAdd: command('PFADD', (c, key: RedisArgument, element?: RedisVariadicArgument) => {
    c.pushKey(key);
    if (element) c.pushVariadic(element);
  }, reply.number),
  /** Returns the estimated number of different elements in one HyperLogLog, or in several taken together. */
  pfCount: command('PFCOUNT', oneOrMoreKeys, reply.number),
  /** Merges HyperLogLogs into `destination`. */
  pfMerge: command('PFMERGE', (c, destination: RedisArgument, sources?: RedisVariadicArgument) => {
    if (sources) destinationAndKeys(c, destination, sources);
    else c.pushKey(destination);
  }, reply.simpleString),
};
