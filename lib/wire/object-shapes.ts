/**
 * Builds objects from maps. Replies of one command tend to have the same keys in the same order, so keys that were seen twice
 * become a shape: their bytes are compared instead of decoded, and a generated function puts the values into an object literal.
 */
import type { TypeMapping } from './resp-types';
import type { Tape } from './tape';
import * as op from './boundary.generated';

// Copied to constants, since a property of a module object is looked up at every use.
const { TYPE_MASK, SIMPLE_STRING, BLOB_STRING } = op;

type ReplyObject = Record<string, unknown>;

interface Shape {
  names: string[];
  /** Length of each key in bytes. */
  lengths: Int32Array;
  /** UTF-8 of all keys as little-endian words, each key padded with zeros. */
  words: Int32Array;
  /** Index of the first word of each key. */
  starts: Int32Array;
  /** Creates an object with these values, in the order of the keys. */
  build: (values: readonly unknown[]) => ReplyObject;
}

/** V8 makes literals with more keys slow (dictionary) objects anyway. */
const MAX_KEYS = 128;
const SLOTS = 128;
const SHAPES_PER_SLOT = 4;
const SIGHTINGS = 1024;
/** Making a shape costs what about `CREDIT_PER_SHAPE` uses save. Uses earn credit; without credit no more shapes are made. */
const CREDIT_PER_SHAPE = 16;
const MAX_CREDIT = 256 * CREDIT_PER_SHAPE;

const slots: Shape[][] = Array.from({ length: SLOTS }, () => []);
/** Hashes of key lists that were seen once. */
const sightings = new Int32Array(SIGHTINGS);
let credit = MAX_CREDIT;

/**
 * Reads `pairs` keys and values as a plain object in the server's order. Keys are strings under every mapping.
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

/** Finds the shape with exactly the keys at the cursor. The cursor does not move. */
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

/** Reads the object without a shape; collects the keys in `names`. */
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

/** The slot in which to search: a hash of the number of keys and of the first key's length and ends. */
function slotOf(reader: Tape, pairs: number): number {
  const { words, cursor, bytes } = reader;
  const type = words[cursor] & TYPE_MASK;
  if (type !== BLOB_STRING && type !== SIMPLE_STRING) return 0;
  const start = words[cursor + 1];
  const length = words[cursor + 2];
  const ends = length === 0 ? 0 : bytes[start] * 7 + bytes[start + length - 1];
  return (pairs * 31 + length * 5 + ends) % SLOTS;
}

/** Compares four bytes at a time. That may read past the key, where at least five more bytes follow: its line end and a value. */
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

/** Finds another shape with the same first `index` keys as `shape`, followed by the key at `start`. Moves it to the front of the slot. */
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

/** Makes a shape of keys that are seen for the second time, if an object literal equals the result of assignments for them. */
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

/** Rejects duplicates, `__proto__`, integer keys (V8 reorders them), and keys with U+FFFD (they may be invalid UTF-8). */
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
  // New strings, since the given ones may be substrings that keep a reply alive.
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
