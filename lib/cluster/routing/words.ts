/** Reads and replaces words of encoded commands. */
import { firstWordAt, lengthOfWord, textAt } from '../../wire/encoded-words';
import { NO_LARGES } from '../../wire/large-arguments';
import type { EncodedCommand } from '../../wire/link-types';

const LINE_END = 2;

/** Where a word begins, and where it ends in the command's own bytes; `undefined` behind the last word. */
function placeOf({ bytes, larges = NO_LARGES }: EncodedCommand, index: number): { from: number; text: number; to: number } | undefined {
  let from = firstWordAt(bytes, 0);
  for (let i = 0; from < bytes.length; i++) {
    const text = textAt(bytes, from);
    const isLarge = larges.some((large) => large.at === text);
    const to = (isLarge ? text : text + lengthOfWord(bytes, from)) + LINE_END;
    if (i === index) return { from, text, to };
    from = to;
  }
  return undefined;
}

/** Returns a word as text; an empty string if there is none, or if it is a large argument. */
export function wordOf(encoded: EncodedCommand, index: number): string {
  const place = placeOf(encoded, index);
  return place === undefined ? '' : encoded.bytes.toString('utf8', place.text, place.to - LINE_END);
}

/** Returns the words up to the first one that is missing. */
export function wordsOf(encoded: EncodedCommand): string[] {
  const words: string[] = [];
  for (let place = placeOf(encoded, 0); place !== undefined; place = placeOf(encoded, words.length)) words.push(wordOf(encoded, words.length));
  return words;
}

/** Returns the command with another word. The word must exist, and must not be a large argument. */
export function replaceWord(encoded: EncodedCommand, index: number, word: string): EncodedCommand {
  const { bytes, larges, keyAt, length } = encoded;
  const { from, to } = placeOf(encoded, index) as { from: number; to: number };
  const text = Buffer.from(`$${Buffer.byteLength(word)}\r\n${word}\r\n`);
  const longer = text.length - (to - from);
  return {
    ...encoded,
    bytes: Buffer.concat([bytes.subarray(0, from), text, bytes.subarray(to)]),
    keyAt: keyAt > from ? keyAt + longer : keyAt,
    larges: larges?.map((large) => (large.at > from ? { ...large, at: large.at + longer } : large)),
    length: length + longer,
  };
}
