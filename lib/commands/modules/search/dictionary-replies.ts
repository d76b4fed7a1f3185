/** Replies about words (corrections, suggestions, synonyms) and about the configuration. */
import type {
  ArrayReply, BlobStringReply, DoubleReply, MapReply, NullReply, SetReply, TypeMapping,
} from '../../../wire/resp-types';
import { fieldOf, isMissing, pairsOf, rowsOf } from '../../containers';
import { asIs, mapOfPairs, mappedDouble, setOwn } from '../../replies';

/** Words or names: an array in RESP2, a set in RESP3. */
export const wordList = { 2: asIs<ArrayReply<BlobStringReply>>(), 3: asIs<SetReply<BlobStringReply>>() };

/** A word that occurs in no document, with words that do. */
export interface SpellCheckTerm {
  term: string;
  suggestions: { score: number; suggestion: string }[];
}

/** `[TERM, word, [[score, suggestion] …]] …` */
function correctionsOfList(reply: [unknown, string, [unknown, string][]][]): SpellCheckTerm[] {
  return rowsOf(reply, ([, term, suggestions]) => ({
    term, suggestions: rowsOf(suggestions, ([score, suggestion]) => ({ score: Number(score), suggestion })),
  }));
}

/** `{results: {word: [{suggestion: score} …]}}` */
function correctionsOfMap(reply: unknown): SpellCheckTerm[] {
  return pairsOf(fieldOf(reply, 'results') ?? []).map(([term, suggestions]) => ({
    term,
    suggestions: (isMissing(suggestions) ? [] : suggestions as unknown[]).flatMap(pairsOf).map(([suggestion, score]) => ({ score: Number(score), suggestion })),
  }));
}

/** A map that the type mapping turned into a list begins with a name, not with a row. */
const isRow = (first: unknown): boolean => Array.isArray(first) || isMissing(first);

/** Reply of FT.SPELLCHECK. */
export const corrections = (reply: unknown): SpellCheckTerm[] =>
  Array.isArray(reply) && (reply.length === 0 || isRow(reply[0]))
    ? correctionsOfList(reply as [unknown, string, [unknown, string][]][])
    : correctionsOfMap(reply);

/** Converts a flat list with `width` columns to rows; null if there is no list. */
function table<ROW>(reply: unknown[] | null, width: number, toRow: (at: number, reply: unknown[]) => ROW): ROW[] | NullReply {
  if (!Array.isArray(reply)) return reply as unknown as NullReply;
  const rows: ROW[] = [];
  for (let i = 0; i < reply.length; i += width) rows.push(toRow(i, reply));
  return rows;
}

type WithPayload = { suggestion: BlobStringReply; payload: BlobStringReply };
type WithScore = { suggestion: BlobStringReply; score: DoubleReply };

const scoreOf = (score: unknown, typeMapping: TypeMapping | undefined): DoubleReply =>
  mappedDouble(score as BlobStringReply, typeMapping);

/** Reply of FT.SUGGET … WITHPAYLOADS. */
export const suggestionsWithPayloads = (reply: unknown[] | null): WithPayload[] | NullReply =>
  table(reply, 2, (i, list) => ({ suggestion: list[i], payload: list[i + 1] }) as WithPayload);

/** Reply of FT.SUGGET … WITHSCORES. */
export const suggestionsWithScores = (
  reply: unknown[] | null, _preserve?: unknown, typeMapping?: TypeMapping,
): WithScore[] | NullReply =>
  table(reply, 2, (i, list) => ({ suggestion: list[i], score: scoreOf(list[i + 1], typeMapping) }) as WithScore);

/** Reply of FT.SUGGET … WITHSCORES WITHPAYLOADS. */
export const suggestionsWithBoth = (
  reply: unknown[] | null, _preserve?: unknown, typeMapping?: TypeMapping,
): (WithScore & WithPayload)[] | NullReply =>
  table(reply, 3, (i, list) => ({
    suggestion: list[i], score: scoreOf(list[i + 1], typeMapping), payload: list[i + 2],
  }) as WithScore & WithPayload);

/** Reply of FT.SYNDUMP: synonym groups by term. */
export const synonyms = {
  2: (reply: unknown[]): Record<string, ArrayReply<BlobStringReply>> =>
    mapOfPairs(reply) as Record<string, ArrayReply<BlobStringReply>>,
  3: asIs<MapReply<BlobStringReply, ArrayReply<BlobStringReply>>>(),
};

/** Reply of FT.CONFIG GET: an object in both protocols; RESP2 sends pairs. */
export const configuration = (reply: unknown): { [option: string]: unknown } => {
  const pairs = Array.isArray(reply) && isRow(reply[0]) ? reply.filter(pair => !isMissing(pair)) as [unknown, unknown][] : pairsOf(reply);
  const options: { [option: string]: unknown } = {};
  for (const [name, value] of pairs) setOwn(options, String(name), value);
  return options;
};
