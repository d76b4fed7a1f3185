/**
 * What a Buffer is in truth. Its properties may say something else: `length` can be shadowed by an own property or overridden in a
 * subclass, and what is read through it is memory.
 */
const typedArray = Object.getPrototypeOf(Uint8Array.prototype) as object;
const getLength = Object.getOwnPropertyDescriptor(typedArray, 'length')?.get as (this: unknown) => number;
const { at } = Uint8Array.prototype;

/** The number of bytes; -1 for what is no typed array, or one whose memory was transferred or resized away. */
export function byteLengthOf(value: Uint8Array): number {
  try {
    const length = getLength.call(value);
    // Memory that is gone has no length, either; this throws then.
    if (length === 0) at.call(value, 0);
    return length;
  } catch {
    return -1;
  }
}

/** Whether it is a typed array at all: a proxy of one is not. */
export function isTypedArray(value: unknown): boolean {
  try {
    getLength.call(value);
    return true;
  } catch {
    return false;
  }
}

/** A copy that nobody else has. @throws TypeError for what `byteLengthOf` gives no length of */
export function copyOfBytes(value: Uint8Array): Buffer {
  const length = byteLengthOf(value);
  if (length < 0) throw goneError('the value', value);
  const copy = Buffer.allocUnsafe(length);
  copy.set(value);
  return copy;
}

/** The error for a Buffer without memory, and for what only pretends to be one. @param what names it */
export function goneError(what: string, value: unknown): TypeError {
  const text = isTypedArray(value)
    ? `${what} is a Buffer whose memory was transferred or resized away`
    : `${what} must be of type "string | Buffer", got ${typeof value} instead.`;
  return Object.assign(new TypeError(text), { code: 'ERR_INVALID_ARG_TYPE' });
}
