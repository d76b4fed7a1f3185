import type { ArrayReply, BlobStringReply, NumberReply, TuplesReply, TuplesToMapReply } from '../wire/resp-types';
import { asIs, mapOfPairs } from './replies';

/** First and last byte of a match, both included. */
export type LcsIdxRange = TuplesReply<[start: NumberReply, end: NumberReply]>;
export type LcsIdxMatches = ArrayReply<TuplesReply<[key1: LcsIdxRange, key2: LcsIdxRange]>>;
export type LcsIdxWithMatchLenMatches = ArrayReply<TuplesReply<[key1: LcsIdxRange, key2: LcsIdxRange, len: NumberReply]>>;

type Matches<MATCHES> = TuplesToMapReply<[[BlobStringReply<'matches'>, MATCHES], [BlobStringReply<'len'>, NumberReply]]>;
export type LcsIdxReply = Matches<LcsIdxMatches>;
export type LcsIdxWithMatchLenReply = Matches<LcsIdxWithMatchLenMatches>;

/** RESP2 sends `['matches', …, 'len', n]`; it becomes an object whatever maps are mapped to. */
const toObject = (reply: unknown[]): unknown => mapOfPairs(reply);

/** LCS … IDX. */
export const lcsMatches = {
  2: toObject as (reply: unknown[]) => { matches: LcsIdxMatches; len: NumberReply },
  3: asIs<LcsIdxReply>(),
};
/** LCS … IDX WITHMATCHLEN. */
export const lcsMatchesWithLength = {
  2: toObject as (reply: unknown[]) => { matches: LcsIdxWithMatchLenMatches; len: NumberReply },
  3: asIs<LcsIdxWithMatchLenReply>(),
};
