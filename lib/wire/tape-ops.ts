/** The words of a tape (`docs/architecture.md`, "The tape"). `const enum` would cross files badly, so these are plain constants. */

/** Low bits of an op word: the RESP type byte, or one of the ops that occur only at the top of an item. */
export const TYPE_MASK = 0xff;
/** Every byte of the text is below 0x80. */
export const ASCII = 0x100;
/** A number that is kept as text. */
export const WIDE = 0x200;

export const NULL = 95;
export const BOOLEAN = 35;
export const NUMBER = 58;
export const BIG_NUMBER = 40;
export const DOUBLE = 44;
export const SIMPLE_STRING = 43;
export const BLOB_STRING = 36;
export const VERBATIM_STRING = 61;
export const SIMPLE_ERROR = 45;
export const BLOB_ERROR = 33;
export const ARRAY = 42;
export const SET = 126;
export const MAP = 37;
export const PUSH = 62;

/**
 * Of a blob that is ASCII and within an aggregate: it is also a part of a window, one of the strings that came with the call. Its op
 * word says where.
 */
export const PART = 0x800;
/** From this bit on: where it starts in the window, 8 bits. */
export const PART_START = 12;
/** From this bit on: the number of the string that came with the call, 12 bits. */
export const ARGUMENT = 20;

/** Of the next two: it was a simple string, no blob. */
export const SIMPLE = 0x400;
/** The value is one of the strings that came with the call: see `ARGUMENT`. */
export const STRING_ARGUMENT = 0x41;
/** A part of the text that came with the call. */
export const TEXT = 0x54;
/** The engine settles a request without a reply. */
export const FAILURE = 0x45;
/** The engine settles a request with `undefined`. */
export const DONE = 0x44;
