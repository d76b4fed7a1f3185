/** Parses doubles exactly as `Number` does, without creating a string for the usual ones. */

import { latin1Slice } from './native-buffer';

const MINUS = 45;
const PLUS = 43;
const POINT = 46;
const ZERO = 48;
/** Up to this many digits are exact in a double. */
const EXACT_DIGITS = 15;
/** Powers of ten that are exact in a double: an exact mantissa divided by one of them is rounded once, so correctly. */
const POWERS = Array.from({ length: EXACT_DIGITS + 1 }, (_, exponent) => 10 ** exponent);

/** Reads `length` bytes at `offset`; `inf` and `-inf` are infinite; `nan` and any other text that is not a number is NaN. */
export function readDouble(bytes: Buffer, offset: number, length: number): number {
  const end = offset + length;
  const negative = bytes[offset] === MINUS;
  let mantissa = 0;
  let digits = 0;
  let point = -1;
  let position = negative ? offset + 1 : offset;
  for (; position < end; position++) {
    const digit = bytes[position] - ZERO;
    if (digit >= 0 && digit <= 9) {
      mantissa = mantissa * 10 + digit;
      digits++;
    } else if (digit === POINT - ZERO && point === -1) {
      point = digits;
    } else {
      break;
    }
  }
  if (position < end || digits === 0 || digits > EXACT_DIGITS) return parseDouble(latin1Slice(bytes, offset, end));
  const value = point === -1 ? mantissa : mantissa / POWERS[digits - point];
  return negative ? -value : value;
}

function parseDouble(text: string): number {
  const signed = text.charCodeAt(0) === MINUS || text.charCodeAt(0) === PLUS;
  if ((signed ? text.slice(1) : text) === 'inf') return text.charCodeAt(0) === MINUS ? -Infinity : Infinity;
  return text === '' ? NaN : Number(text);
}
