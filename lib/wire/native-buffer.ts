/** The encodings of Buffer without the dispatch on their name. Node, Bun and Deno have them; the type definitions do not. */

interface NativeBuffer {
  latin1Slice(start: number, end: number): string;
  utf8Slice(start: number, end: number): string;
  latin1Write(text: string, offset: number, length: number): number;
  utf8Write(text: string, offset: number, length: number): number;
}

/** The bytes from `start` to `end` as chars U+0000 to U+00FF. */
export function latin1Slice(bytes: Buffer, start: number, end: number): string {
  return (bytes as unknown as NativeBuffer).latin1Slice(start, end);
}

/** The bytes from `start` to `end` as UTF-8 text. */
export function utf8Slice(bytes: Buffer, start: number, end: number): string {
  return (bytes as unknown as NativeBuffer).utf8Slice(start, end);
}

/** Writes text whose chars are all below U+0100. */
export function latin1Write(bytes: Buffer, text: string, offset: number, length: number): void {
  (bytes as unknown as NativeBuffer).latin1Write(text, offset, length);
}

/** Writes text as UTF-8; `length` is its length in bytes. */
export function utf8Write(bytes: Buffer, text: string, offset: number, length: number): void {
  (bytes as unknown as NativeBuffer).utf8Write(text, offset, length);
}
