/** Methods of Buffer for one encoding each, without a look-up of the encoding by name. Node, Bun and Deno have them; the types do not. */

interface NativeBuffer {
  latin1Slice(start: number, end: number): string;
  utf8Slice(start: number, end: number): string;
  latin1Write(text: string, offset: number, length: number): number;
  utf8Write(text: string, offset: number, length: number): number;
}

// Kept in constants: a look-up on the Buffer takes 50 ns per call once the call site has seen many hidden classes of Buffers.
const native = Buffer.prototype as unknown as NativeBuffer;
const { latin1Slice: nativeLatin1Slice, utf8Slice: nativeUtf8Slice, latin1Write: nativeLatin1Write, utf8Write: nativeUtf8Write } = native;

/** The bytes from `start` to `end` as chars U+0000 to U+00FF. */
export function latin1Slice(bytes: Buffer, start: number, end: number): string {
  return nativeLatin1Slice.call(bytes, start, end);
}

/** The bytes from `start` to `end` as UTF-8 text. */
export function utf8Slice(bytes: Buffer, start: number, end: number): string {
  return nativeUtf8Slice.call(bytes, start, end);
}

/** Writes text whose chars are all below U+0100. */
export function latin1Write(bytes: Buffer, text: string, offset: number, length: number): void {
  nativeLatin1Write.call(bytes, text, offset, length);
}

/** Writes text as UTF-8; `length` is its length in bytes. */
export function utf8Write(bytes: Buffer, text: string, offset: number, length: number): void {
  nativeUtf8Write.call(bytes, text, offset, length);
}
