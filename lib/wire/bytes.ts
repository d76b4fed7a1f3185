/**
 * Reads the real length of a Buffer. The property `length` cannot be trusted: an own property or a subclass may override it, and native
 * code would read beyond the memory.
 */
const typedArray = Object.getPrototypeOf(Uint8Array.prototype) as object;
const getLength = Object.getOwnPropertyDescriptor(typedArray, 'length')?.get as (this: unknown) => number;
const { at } = Uint8Array.prototype;

/** Returns the number of bytes; -1 if the value is not a typed array, or its memory was transferred or resized away. */
export function byteLengthOf(value: Uint8Array): number {
  try {
    const length = getLength.call(value);
    // A detached array has length 0, too; this call then throws.
    if (length === 0) at.call(value, 0);
    return length;
  } catch {
    return -1;
  }
}

/** Whether the value is a typed array. A proxy of one is not. */
export function isTypedArray(value: unknown): boolean {
  try {
    getLength.call(value);
    return true;
  } catch {
    return false;
  }
}

/** Returns a private copy. @throws TypeError when `byteLengthOf` returns -1 */
export function copyOfBytes(value: Uint8Array): Buffer {
  const length = byteLengthOf(value);
  if (length < 0) throw goneError('the value', value);
  const copy = Buffer.allocUnsafe(length);
  copy.set(value);
  return copy;
}

/** The error for a Buffer whose memory is gone, and for a value that only looks like a Buffer. @param what names it in the message */
export function goneError(what: string, value: unknown): TypeError {
  const text = isTypedArray(value)
    ? `${what} is a Buffer whose memory was transferred or resized away`
    : `${what} must be of type "string | Buffer", got ${typeof value} instead.`;
  return Object.assign(new TypeError(text), { code: 'ERR_INVALID_ARG_TYPE' });
}
