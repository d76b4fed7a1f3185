/** Reads values from a tape under a type mapping. */
import { readObject } from './object-shapes';
import type { TypeMapping } from './resp-types';
import type { Tape } from './tape';
import * as op from './boundary.generated';
import { VerbatimString } from './verbatim-string';

// Copied to constants, since a property of a module object is looked up at every use.
const {
  TYPE_MASK, WIDE, NULL, NUMBER, BIG_NUMBER, DOUBLE, SIMPLE_STRING, BLOB_STRING, VERBATIM_STRING, ARRAY, SET,
  MAP, PUSH
} = op;

/** Reads the value at the cursor, inside or outside of an aggregate. */
export function readMapped(reader: Tape, mapping: TypeMapping): unknown {
  const { words, cursor } = reader;
  const word = words[cursor];
  switch (word & TYPE_MASK) {
    case BLOB_STRING:
      return mapping[BLOB_STRING] === Buffer ? reader.buffer() : reader.string(word);
    case SIMPLE_STRING:
      return mapping[SIMPLE_STRING] === Buffer ? reader.buffer() : reader.string(word);
    case NUMBER:
      return mapping[NUMBER] === String ? numberText(reader, word) : reader.number(word);
    case NULL:
      reader.cursor = cursor + 1;
      return null;
    case ARRAY:
    case PUSH:
      reader.cursor = cursor + 2;
      return readElements(reader, words[cursor + 1], mapping);
    case SET: {
      reader.cursor = cursor + 2;
      const members = readElements(reader, words[cursor + 1], mapping);
      return mapping[SET] === Set ? new Set(members) : members;
    }
    case MAP:
      reader.cursor = cursor + 2;
      return readMappedPairs(reader, words[cursor + 1], mapping);
    case DOUBLE:
      return mapping[DOUBLE] === String ? reader.slice(word) : reader.rareValue(word);
    case BIG_NUMBER:
      return mapping[BIG_NUMBER] === String ? reader.slice(word) : reader.rareValue(word);
    case VERBATIM_STRING:
      return readVerbatim(reader, word, mapping);
    default:
      return reader.rareValue(word);
  }
}

/** Reads `pairs` keys and values as a map of the type that the mapping names. */
export function readMappedPairs(reader: Tape, pairs: number, mapping: TypeMapping): unknown {
  switch (mapping[MAP]) {
    case Map: {
      const map = new Map<unknown, unknown>();
      for (let i = 0; i < pairs; i++) map.set(readMapKey(reader, mapping), readMapped(reader, mapping));
      return map;
    }
    case Array:
      return readElements(reader, pairs * 2, mapping);
    default:
      return readObject(reader, pairs, mapping);
  }
}

/** Reads a key of a `Map`: strings stay strings, other types follow the mapping. */
function readMapKey(reader: Tape, mapping: TypeMapping): unknown {
  const word = reader.words[reader.cursor];
  const type = word & TYPE_MASK;
  return type === BLOB_STRING || type === SIMPLE_STRING ? reader.string(word) : readMapped(reader, mapping);
}

function readElements(reader: Tape, count: number, mapping: TypeMapping): unknown[] {
  const elements = new Array<unknown>(count);
  for (let i = 0; i < count; i++) elements[i] = readMapped(reader, mapping);
  return elements;
}

function numberText(reader: Tape, word: number): string {
  return (word & WIDE) !== 0 ? reader.slice(word) : reader.number(word).toString();
}

function readVerbatim(reader: Tape, word: number, mapping: TypeMapping): unknown {
  switch (mapping[VERBATIM_STRING]) {
    case Buffer:
      return reader.buffer(4);
    case VerbatimString: {
      const text = reader.slice(word);
      return new VerbatimString(text.substring(0, 3), text.substring(4));
    }
    default:
      return reader.rareValue(word);
  }
}
