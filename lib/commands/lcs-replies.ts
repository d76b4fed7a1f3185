import type { ArrayReply, BlobStringReply, NumberReply, TuplesReply, TuplesToMapReply } from '../wire/resp-types';
import { asIs, mapOfPairs } from './replies';

/** Offsets of the first and the last byte of a match. */
export type LcsIdxRange = TuplesReply<[start: NumberReply, end: NumberReply]>;
export type LcsIdxMatches = ArrayReply<TuplesReply<[key1: LcsIdxRange, key2: LcsIdxRange]>>;
export type LcsIdxWithMatchLenMatches = ArrayReply<TuplesReply<[key1: LcsIdxRange, key2: LcsIdxRange, len: NumberReply]>>;

type Matches<MATCHES> = TuplesToMapReply<[[BlobStringReply<'matches'>, MATCHES], [BlobStringReply<'len'>, NumberReply]]>;
export type LcsIdxReply = Matches<LcsIdxMatches>;
export type LcsIdxWithMatchLenReply = Matches<LcsIdxWithMatchLenMatches>;

/**
 * RESP2 sends `['matches', …, 'len', n]`, which always becomes an object, whatever the type mapping says about maps.
 */
const toObject = (reply: unknown[]): unknown => mapOfPairs(reply);

/** Reply of LCS … IDX. */
export const lcsMatches = {
  2: toObject as (reply: unknown[]) => { matches: LcsIdxMatches; len: NumberReply },
  3: asIs<LcsIdxReply>(),
};
/** Reply of LCS … IDX WITHMATCHLEN. */
export const lcsMatchesWithLength = {
  2: toObject as (reply: unknown[]) => { matches: LcsIdxWithMatchLenMatches; len: NumberReply },
  3: asIs<LcsIdxWithMatchLenReply>(),
};
