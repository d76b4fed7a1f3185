/**
 * Objects out of maps. Replies of one command tend to have the same keys in the same order, so the keys that were seen twice
 * become a shape: their bytes are compared instead of decoded, and a generated object literal takes the values.
 */
import type { TapeReader } from './decoder';
import type { TypeMapping } from './resp-types';
import * as op from './tape-ops';

type ReplyObject = Record<string, unknown>;

interface Shape {
  /** UTF-8 of all keys, one after another. */
  keys: Uint8Array;
  /** Where each key ends in `keys`. */
  ends: Int32Array;
  names: string[];
  /** Makes the object of `values[base]`, `values[base + 1]`, … */
  build: (values: unknown[], base: number) => ReplyObject;
}

/** Literals with more keys become slow objects anyway. */
const MAX_KEYS = 128;
const SLOTS = 128;
const SHAPES_PER_SLOT = 4;
const SIGHTINGS = 1024;
/** A shape costs about as much as `CREDIT_PER_SHAPE` uses of one save. Without uses, shapes stop being made. */
const CREDIT_PER_SHAPE = 16;
const MAX_CREDIT = 256 * CREDIT_PER_SHAPE;

const slots: Shape[][] = Array.from({ length: SLOTS }, () => []);
/** Hashes of keys that were seen once. */
const sightings = new Int32Array(SIGHTINGS);
let credit = MAX_CREDIT;
/** Values that wait for the end of their map; maps may nest. */
const values: unknown[] = [];
let top = 0;

/** Forgets what an interrupted reply left behind. */
export function rewindObjects(): void {
  if (top !== 0) {
    values.fill(undefined);
    top = 0;
  }
}

/**
 * Reads `pairs` keys and values as a plain object in the server's order. Keys are strings, whatever the mapping.
 *
 * @param mapping for the values; undefined for the defaults
 */
export function readObject(reader: TapeReader, pairs: number, mapping: TypeMapping | undefined): ReplyObject {
  if (pairs > MAX_KEYS || pairs === 0) return readUnshaped(reader, pairs, mapping);
  const base = top;
  top = base + pairs;
  const { words } = reader;
  const slot = slots[slotOf(reader, pairs)];
  let shape = slot.length === 0 ? undefined : slot[0];
  let names: string[] | undefined;
  for (let i = 0; i < pairs; i++) {
    const at = reader.cursor;
    const type = words[at] & op.TYPE_MASK;
    if (shape !== undefined && (type === op.BLOB_STRING || type === op.SIMPLE_STRING)) {
      const start = words[at + 1];
      const length = words[at + 2];
      if (shape.names.length !== pairs || !hasKey(shape, i, reader.bytes, start, length)) {
        const other = otherShape(slot, shape, pairs, i, reader.bytes, start, length);
        if (other === undefined) names = shape.names.slice(0, i);
        shape = other;
      }
    } else if (shape !== undefined) {
      names = shape.names.slice(0, i);
      shape = undefined;
    }
    if (shape === undefined) (names ??= []).push(readKey(reader, mapping));
    else reader.cursor = at + 3;
    values[base + i] = reader.valueUnder(mapping);
  }
  const result = shape === undefined ? assemble(names as string[], values, base) : shape.build(values, base);
  for (let i = base; i < top; i++) values[i] = undefined;
  top = base;
  if (shape === undefined) consider(slot, names as string[]);
  else if (credit < MAX_CREDIT) credit++;
  return result;
}

/** The way without a shape: for large maps, and empty ones. */
function readUnshaped(reader: TapeReader, pairs: number, mapping: TypeMapping | undefined): ReplyObject {
  const result: ReplyObject = {};
  for (let i = 0; i < pairs; i++) {
    const name = readKey(reader, mapping);
    setOwn(result, name, reader.valueUnder(mapping));
  }
  return result;
}

function assemble(names: readonly string[], from: readonly unknown[], base: number): ReplyObject {
  const result: ReplyObject = {};
  for (let i = 0; i < names.length; i++) setOwn(result, names[i], from[base + i]);
  return result;
}

/** Plain assignment of `__proto__` would set the prototype. */
function setOwn(target: ReplyObject, name: string, value: unknown): void {
  if (name === '__proto__') Object.defineProperty(target, name, { value, writable: true, enumerable: true, configurable: true });
  else target[name] = value;
}

function readKey(reader: TapeReader, mapping: TypeMapping | undefined): string {
  const word = reader.words[reader.cursor];
  const type = word & op.TYPE_MASK;
  return type === op.BLOB_STRING || type === op.SIMPLE_STRING ? reader.string(word) : String(reader.valueUnder(mapping));
}

/** Shapes are looked for by their size and by what the first key looks like. */
function slotOf(reader: TapeReader, pairs: number): number {
  const { words, cursor, bytes } = reader;
  const type = words[cursor] & op.TYPE_MASK;
  if (type !== op.BLOB_STRING && type !== op.SIMPLE_STRING) return 0;
  const start = words[cursor + 1];
  const length = words[cursor + 2];
  const ends = length === 0 ? 0 : bytes[start] * 7 + bytes[start + length - 1];
  return (pairs * 31 + length * 5 + ends) % SLOTS;
}

function hasKey(shape: Shape, index: number, bytes: Buffer, start: number, length: number): boolean {
  const { keys, ends } = shape;
  const from = index === 0 ? 0 : ends[index - 1];
  if (ends[index] - from !== length) return false;
  for (let i = 0; i < length; i++) if (keys[from + i] !== bytes[start + i]) return false;
  return true;
}

/** Another shape that begins with the first `index` keys of `shape` and goes on with the key at `start`; it comes to the front. */
function otherShape(
  slot: Shape[], shape: Shape, pairs: number, index: number, bytes: Buffer, start: number, length: number
): Shape | undefined {
  for (let i = 0; i < slot.length; i++) {
    const other = slot[i];
    if (other === shape || other.names.length !== pairs || !hasKey(other, index, bytes, start, length)) continue;
    let same = 0;
    while (same < index && other.names[same] === shape.names[same]) same++;
    if (same < index) continue;
    slot[i] = slot[0];
    slot[0] = other;
    return other;
  }
  return undefined;
}

/** Keys that come for the second time become a shape, if a literal with them is what assignments would have made. */
function consider(slot: Shape[], names: readonly string[]): void {
  const hash = hashOf(names);
  const place = hash & (SIGHTINGS - 1);
  if (sightings[place] !== hash) {
    sightings[place] = hash;
    return;
  }
  if (credit < CREDIT_PER_SHAPE || !isShapely(names)) return;
  credit -= CREDIT_PER_SHAPE;
  if (slot.length === SHAPES_PER_SLOT) slot.pop();
  slot.unshift(makeShape(names));
}

function hashOf(names: readonly string[]): number {
  let hash = names.length;
  for (const name of names) {
    for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
    hash = Math.imul(hash ^ 0xffff, 0x01000193);
  }
  return hash | 1;
}

/** No key is special, special for the engine (integers come first in objects), twice there, or the ruin of bytes that were no UTF-8. */
function isShapely(names: readonly string[]): boolean {
  return new Set(names).size === names.length && names.every((name) => !/^\d+$|^__proto__$|\ufffd/.test(name));
}

function makeShape(names: readonly string[]): Shape {
  const parts = names.map((name) => Buffer.from(name));
  const ends = new Int32Array(parts.length);
  parts.forEach((part, i) => (ends[i] = (i === 0 ? 0 : ends[i - 1]) + part.length));
  // Strings of their own: the given ones may be parts of a reply.
  const own = parts.map((part) => part.toString());
  return { keys: Buffer.concat(parts), ends, names: own, build: compile(own) };
}

let mayCompile = true;

/** `{"a": values[base], "b": values[base + 1]}`, or assignments where generating code is not allowed. */
function compile(names: readonly string[]): Shape['build'] {
  if (mayCompile) {
    try {
      const entries = names.map((name, i) => `${JSON.stringify(name)}:values[base+${i}]`);
      return new Function('values', 'base', `return {${entries.join()}}`) as Shape['build'];
    } catch {
      mayCompile = false;
    }
  }
  return (from, base) => assemble(names, from, base);
}
