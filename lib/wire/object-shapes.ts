/**
 * Objects out of maps. Replies of one command tend to have the same keys in the same order, so the keys that were seen twice
 * become a shape: their bytes are compared instead of decoded, and a generated object literal takes the values.
 */
import type { TypeMapping } from './resp-types';
import type { Tape } from './tape';
import * as op from './boundary.generated';

// As constants of this file: properties of a module are looked up at every use.
const { TYPE_MASK, SIMPLE_STRING, BLOB_STRING } = op;

type ReplyObject = Record<string, unknown>;

interface Shape {
  names: string[];
  /** Length of each key in bytes. */
  lengths: Int32Array;
  /** UTF-8 of all keys as little-endian words, each key filled up with zeros. */
  words: Int32Array;
  /** Where the words of each key start. */
  starts: Int32Array;
  /** Makes an object with these values, in the order of the keys. */
  build: (values: readonly unknown[]) => ReplyObject;
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

/**
 * Reads `pairs` keys and values as a plain object in the server's order. Keys are strings, whatever the mapping.
 *
 * @param mapping for the values; undefined for the defaults
 */
export function readObject(reader: Tape, pairs: number, mapping: TypeMapping | undefined): ReplyObject {
  if (pairs > MAX_KEYS || pairs === 0) return readUnshaped(reader, pairs, mapping);
  const slot = slots[slotOf(reader, pairs)];
  const shape = slot.length === 0 ? undefined : shapeAt(reader, slot, pairs);
  if (shape !== undefined) {
    if (credit < MAX_CREDIT) credit++;
    return shape.build(reader.fields(pairs, mapping));
  }
  const names: string[] = [];
  const result = readUnshaped(reader, pairs, mapping, names);
  consider(slot, names);
  return result;
}

/** The shape that the keys at the cursor have, all of them. The cursor stays. */
function shapeAt(reader: Tape, slot: Shape[], pairs: number): Shape | undefined {
  const { words, cursor } = reader;
  const view = reader.view();
  let shape = slot[0];
  for (let i = 0; i < pairs; i++) {
    const at = reader.cursor;
    const type = words[at] & TYPE_MASK;
    const isText = type === BLOB_STRING || type === SIMPLE_STRING;
    if (!isText || shape.names.length !== pairs || !hasKey(shape, i, view, words[at + 1], words[at + 2])) {
      const other = isText ? otherShape(slot, shape, pairs, i, view, words[at + 1], words[at + 2]) : undefined;
      if (other === undefined) {
        reader.cursor = cursor;
        return undefined;
      }
      shape = other;
    }
    const value = words[at + 3] & TYPE_MASK;
    reader.cursor = at + 3;
    if (value === BLOB_STRING || value === SIMPLE_STRING) reader.cursor += 3;
    else reader.skip();
  }
  reader.cursor = cursor;
  return shape;
}

/** The way without a shape; collects the keys in `names`. */
function readUnshaped(reader: Tape, pairs: number, mapping: TypeMapping | undefined, names?: string[]): ReplyObject {
  const result: ReplyObject = {};
  for (let i = 0; i < pairs; i++) {
    const name = readKey(reader, mapping);
    names?.push(name);
    setOwn(result, name, reader.valueUnder(mapping));
  }
  return result;
}

/** Plain assignment of `__proto__` would set the prototype. */
function setOwn(target: ReplyObject, name: string, value: unknown): void {
  if (name === '__proto__') Object.defineProperty(target, name, { value, writable: true, enumerable: true, configurable: true });
  else target[name] = value;
}

function readKey(reader: Tape, mapping: TypeMapping | undefined): string {
  const word = reader.words[reader.cursor];
  const type = word & TYPE_MASK;
  return type === BLOB_STRING || type === SIMPLE_STRING ? reader.string(word) : String(reader.valueUnder(mapping));
}

/** Shapes are looked for by their size and by what the first key looks like. */
function slotOf(reader: Tape, pairs: number): number {
  const { words, cursor, bytes } = reader;
  const type = words[cursor] & TYPE_MASK;
  if (type !== BLOB_STRING && type !== SIMPLE_STRING) return 0;
  const start = words[cursor + 1];
  const length = words[cursor + 2];
  const ends = length === 0 ? 0 : bytes[start] * 7 + bytes[start + length - 1];
  return (pairs * 31 + length * 5 + ends) % SLOTS;
}

/** Compares four bytes at a time: behind a key there are at least five more, its line end and a value. */
function hasKey(shape: Shape, index: number, view: DataView, start: number, length: number): boolean {
  if (shape.lengths[index] !== length) return false;
  const keyWords = shape.words;
  let word = shape.starts[index];
  let rest = length;
  let position = start;
  for (; rest >= 4; rest -= 4) {
    if (keyWords[word++] !== view.getInt32(position, true)) return false;
    position += 4;
  }
  return rest === 0 || keyWords[word] === (view.getInt32(position, true) & ((1 << (rest * 8)) - 1));
}

/** Another shape that begins with the first `index` keys of `shape` and goes on with the key at `start`; it comes to the front. */
function otherShape(
  slot: Shape[], shape: Shape, pairs: number, index: number, view: DataView, start: number, length: number
): Shape | undefined {
  for (let i = 0; i < slot.length; i++) {
    const other = slot[i];
    if (other === shape || other.names.length !== pairs || !hasKey(other, index, view, start, length)) continue;
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
  const starts = new Int32Array(parts.length);
  let words = 0;
  parts.forEach((part, i) => {
    starts[i] = words;
    words += Math.ceil(part.length / 4);
  });
  const padded = Buffer.alloc(words * 4);
  parts.forEach((part, i) => part.copy(padded, starts[i] * 4));
  // Strings of their own: the given ones may be parts of a reply.
  const own = parts.map((part) => part.toString());
  return {
    names: own,
    lengths: Int32Array.from(parts, (part) => part.length),
    words: Int32Array.from({ length: words }, (_, i) => padded.readInt32LE(i * 4)),
    starts,
    build: compile(own)
  };
}

let mayCompile = true;

/** `{"a": values[0], "b": values[1]}`, or assignments where generating code is not allowed. */
function compile(names: readonly string[]): Shape['build'] {
  if (mayCompile) {
    try {
      const entries = names.map((name, i) => `${JSON.stringify(name)}:values[${i}]`);
      return new Function('values', `return {${entries.join()}}`) as Shape['build'];
    } catch {
      mayCompile = false;
    }
  }
  return (values) => {
    const result: ReplyObject = {};
    for (let i = 0; i < names.length; i++) result[names[i]] = values[i];
    return result;
  };
}
