/** What FT.AGGREGATE, FT.HYBRID and FT.PROFILE reply: flat lists in RESP2 (and from old servers in RESP3), maps in RESP3. */
import type { ArrayReply, BlobStringReply, MapReply, NumberReply, ReplyUnion, TypeMapping } from '../../../wire/resp-types';
import { fieldOf, isMissing, pairsOf, rowOf } from '../../containers';
import { mapOfPairs, setOwn } from '../../replies';
import type { SearchFlags } from './search-options';
import { addFields, documents, isCounted, rowsOf, totalOf, warningsOf, type SearchReply } from './search-replies';

/** Rows of an aggregation. */
export interface AggregateReply {
  /** RESP3: rows that were read so far. In RESP2 it says 1 unless the rows were grouped or sorted. */
  total: number;
  results: ArrayReply<MapReply<BlobStringReply, BlobStringReply>>;
  /** What the server could not do, such as reading everything in time. RESP3 only. */
  warnings: string[];
}

/** A page of an aggregation. */
export interface AggregateWithCursorReply extends AggregateReply {
  /** For the next page; 0 after the last one. */
  cursor: NumberReply;
}

/** Rows of a hybrid search. */
export interface HybridReply {
  totalResults: number;
  /** Milliseconds. */
  executionTime: number;
  warnings: string[];
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- any expression's value; npm redis says so too
  results: { [field: string]: any }[];
}

/** Results, and how they came about. */
export interface ProfileReply {
  results: SearchReply | AggregateReply;
  /** Names and values in flat lists. */
  profile: ReplyUnion;
}

/** FT.AGGREGATE. */
export const rows = (reply: unknown, _preserve?: unknown, typeMapping?: TypeMapping): AggregateReply => {
  if (isCounted(reply)) {
    const [total, ...found] = reply;
    const results = found.map(row => mapOfPairs(row as unknown[], typeMapping));
    return { total: Number(total), results: results as unknown as AggregateReply['results'], warnings: [] };
  }
  const results = rowsOf(reply).map(row => fieldOf(row, 'extra_attributes') ?? mapOfPairs([], typeMapping));
  return { total: totalOf(reply), results: results as unknown as AggregateReply['results'], warnings: warningsOf(reply) };
};

/** FT.AGGREGATE … WITHCURSOR and FT.CURSOR READ. */
export const rowsWithCursor = (
  reply: [unknown, NumberReply], preserve?: unknown, typeMapping?: TypeMapping,
): AggregateWithCursorReply => rowOf(reply, ([page, cursor]) => ({ ...rows(page, preserve, typeMapping), cursor }));

/** What contains fields of a document, in order: later ones win. */
const CONTENTS = ['values', 'extra_attributes'];

/** Id, fields of the document, and what else was computed for it and has no field's name. */
function toResult(row: unknown): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  const id = fieldOf(row, 'id');
  if (!isMissing(id)) result.id = String(id);
  for (const name of CONTENTS) addFields(result, fieldOf(row, name));
  for (const [name, value] of pairsOf(row)) {
    if (name !== 'id' && !CONTENTS.includes(name) && !Object.hasOwn(result, name)) setOwn(result, name, value);
  }
  return result;
}

/** FT.HYBRID. */
export const hybridRows = (reply: unknown): HybridReply => ({
  totalResults: totalOf(reply),
  executionTime: Number(fieldOf(reply, 'execution_time') ?? 0),
  warnings: warningsOf(reply),
  results: rowsOf(reply).map(toResult),
});

/** Maps as flat lists, all the way down. */
function flattened(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(flattened);
  if (value instanceof Map || (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype)) {
    return pairsOf(value).flatMap(([name, item]) => [name, flattened(item)]);
  }
  return value;
}

/** The two parts of FT.PROFILE: `[results, profile]`, a map of both, or (old servers) the results' map with a profile in it. */
function partsOf(reply: unknown): [results: unknown, profile: unknown] {
  // A map that was mapped to an array begins with a name.
  if (Array.isArray(reply) && typeof reply[0] === 'object' && !Buffer.isBuffer(reply[0])) return reply as [unknown, unknown];
  const results = fieldOf(reply, 'Results');
  return results === undefined
    ? [reply, flattened(fieldOf(reply, 'profile'))]
    : [results, flattened(fieldOf(reply, 'Profile'))];
}

/** FT.PROFILE … SEARCH. */
export const profiledDocuments = (reply: unknown, flags: SearchFlags, typeMapping?: TypeMapping): ProfileReply => {
  const [results, profile] = partsOf(reply);
  return { results: documents(results, flags, typeMapping), profile: profile as ReplyUnion };
};

/** FT.PROFILE … AGGREGATE. */
export const profiledRows = (reply: unknown, preserve?: unknown, typeMapping?: TypeMapping): ProfileReply => {
  const [results, profile] = partsOf(reply);
  return { results: rows(results, preserve, typeMapping), profile: profile as ReplyUnion };
};
