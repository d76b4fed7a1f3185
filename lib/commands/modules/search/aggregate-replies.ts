/**
 * Replies of FT.AGGREGATE, FT.HYBRID and FT.PROFILE: flat lists in RESP2 (and from old servers in RESP3), maps in
 * RESP3.
 */
import type { ArrayReply, BlobStringReply, MapReply, NumberReply, ReplyUnion, TypeMapping } from '../../../wire/resp-types';
import { fieldOf, isMissing, pairsOf, rowOf } from '../../containers';
import { mapOfPairs, setOwn } from '../../replies';
import type { SearchFlags } from './search-options';
import { addFields, documents, isCounted, rowsOf, totalOf, warningsOf, type SearchReply } from './search-replies';

/** The rows of an aggregation. */
export interface AggregateReply {
  /** In RESP3 the number of rows read so far. In RESP2 it is 1 unless the rows were grouped or sorted. */
  total: number;
  results: ArrayReply<MapReply<BlobStringReply, BlobStringReply>>;
  /** Warnings of the server, for example that the timeout was reached. RESP3 only. */
  warnings: string[];
}

/** A page of an aggregation. */
export interface AggregateWithCursorReply extends AggregateReply {
  /** Cursor of the next page; 0 after the last one. */
  cursor: NumberReply;
}

/** The rows of a hybrid search. */
export interface HybridReply {
  totalResults: number;
  /** Execution time in milliseconds. */
  executionTime: number;
  warnings: string[];
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- any expression's value, as in npm redis
  results: { [field: string]: any }[];
}

/** The results of a query, with its execution profile. */
export interface ProfileReply {
  results: SearchReply | AggregateReply;
  /** Names and values in flat lists. */
  profile: ReplyUnion;
}

/** Reply of FT.AGGREGATE. */
export const rows = (reply: unknown, _preserve?: unknown, typeMapping?: TypeMapping): AggregateReply => {
  if (isCounted(reply)) {
    const [total, ...found] = reply;
    const results = found.map(row => mapOfPairs(row as unknown[], typeMapping));
    return { total: Number(total), results: results as unknown as AggregateReply['results'], warnings: [] };
  }
  const results = rowsOf(reply).map(row => fieldOf(row, 'extra_attributes') ?? mapOfPairs([], typeMapping));
  return { total: totalOf(reply), results: results as unknown as AggregateReply['results'], warnings: warningsOf(reply) };
};

/** Reply of FT.AGGREGATE … WITHCURSOR and of FT.CURSOR READ. */
export const rowsWithCursor = (
  reply: [unknown, NumberReply], preserve?: unknown, typeMapping?: TypeMapping,
): AggregateWithCursorReply => rowOf(reply, ([page, cursor]) => ({ ...rows(page, preserve, typeMapping), cursor }));

/** Members of a row that contain fields of a document. The later ones take precedence. */
const CONTENTS = ['values', 'extra_attributes'];

/** Converts a row: its id, the fields of the document, and other computed values unless a field has the same name. */
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

/** Reply of FT.HYBRID. */
export const hybridRows = (reply: unknown): HybridReply => ({
  totalResults: totalOf(reply),
  executionTime: Number(fieldOf(reply, 'execution_time') ?? 0),
  warnings: warningsOf(reply),
  results: rowsOf(reply).map(toResult),
});

/** Converts maps to flat lists, at all levels. */
function flattened(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(flattened);
  if (value instanceof Map || (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype)) {
    return pairsOf(value).flatMap(([name, item]) => [name, flattened(item)]);
  }
  return value;
}

/**
 * Finds the two parts of an FT.PROFILE reply: `[results, profile]`, a map of both, or (from old servers) the map of the
 * results with a profile in it.
 */
function partsOf(reply: unknown): [results: unknown, profile: unknown] {
  // A map that the type mapping turned into an array begins with a name.
  if (Array.isArray(reply) && typeof reply[0] === 'object' && !Buffer.isBuffer(reply[0])) return reply as [unknown, unknown];
  const results = fieldOf(reply, 'Results');
  return results === undefined
    ? [reply, flattened(fieldOf(reply, 'profile'))]
    : [results, flattened(fieldOf(reply, 'Profile'))];
}

/** Reply of FT.PROFILE … SEARCH. */
export const profiledDocuments = (reply: unknown, flags: SearchFlags, typeMapping?: TypeMapping): ProfileReply => {
  const [results, profile] = partsOf(reply);
  return { results: documents(results, flags, typeMapping), profile: profile as ReplyUnion };
};

/** Reply of FT.PROFILE … AGGREGATE. */
export const profiledRows = (reply: unknown, preserve?: unknown, typeMapping?: TypeMapping): ProfileReply => {
  const [results, profile] = partsOf(reply);
  return { results: rows(results, preserve, typeMapping), profile: profile as ReplyUnion };
};
