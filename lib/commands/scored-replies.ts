// Reply shapes with scores. RESP2 sends flat lists with scores as text, RESP3 sends pairs with doubles.
import { RESP_TYPES } from '../wire/resp-types';
import type { BlobStringReply, DoubleReply, NumberReply, TypeMapping } from '../wire/resp-types';
import { isMissing, rowOf, rowsOf } from './containers';
import { mappedDouble, parseDouble } from './replies';

/** A member of a sorted set with its score. */
export type ScoredMember = { value: BlobStringReply; score: DoubleReply };

type Pair = [value: BlobStringReply, score: DoubleReply];
type TextPair = [value: BlobStringReply, score: BlobStringReply];

function pairFlat(flat: readonly BlobStringReply[], typeMapping?: TypeMapping): ScoredMember[] {
  if (!Array.isArray(flat)) return flat as unknown as ScoredMember[];
  const asText = typeMapping?.[RESP_TYPES.DOUBLE] === String;
  const members: ScoredMember[] = [];
  for (let i = 0; i < flat.length; i += 2) {
    const text = flat[i + 1] as BlobStringReply;
    const score = isMissing(text) ? text : asText ? text.toString() : parseDouble(text);
    members.push({ value: flat[i] as BlobStringReply, score: score as unknown as DoubleReply });
  }
  return members;
}

const fromPairs = (pairs: readonly Pair[]): ScoredMember[] => rowsOf(pairs, ([value, score]) => ({ value, score }));

/** `[{value, score}]` */
export const members = {
  2: (reply: BlobStringReply[], _preserve?: unknown, typeMapping?: TypeMapping): ScoredMember[] => pairFlat(reply, typeMapping),
  3: fromPairs,
};

/** A popped member, null if the set was empty. */
export const memberOrNull = {
  2: (reply: [] | TextPair, _preserve?: unknown, typeMapping?: TypeMapping): ScoredMember | null =>
    rowOf(reply, ([value, score]) => (value === undefined ? null : { value, score: mappedDouble(score as BlobStringReply, typeMapping) })),
  3: (reply: [] | Pair): ScoredMember | null =>
    rowOf(reply, ([value, score]) => (value === undefined ? null : { value, score: score as DoubleReply })),
};

/** A member popped from the first non-empty set, null after the timeout. */
type KeyedMember = { key: BlobStringReply; value: BlobStringReply; score: DoubleReply };
export const keyedMemberOrNull = {
  2: (
    reply: [BlobStringReply, ...TextPair] | null, _preserve?: unknown, typeMapping?: TypeMapping,
  ): KeyedMember | null =>
    reply && rowOf(reply, ([key, value, score]) => ({ key, value, score: mappedDouble(score, typeMapping) })),
  3: (reply: [BlobStringReply, ...Pair] | null): KeyedMember | null =>
    reply && rowOf(reply, ([key, value, score]) => ({ key, value, score })),
};

/** Members popped from the first non-empty set, null if there were none. */
type KeyedMembers = { key: BlobStringReply; members: ScoredMember[] };
export const keyedMembersOrNull = {
  2: (reply: [BlobStringReply, TextPair[]] | null, _preserve?: unknown, typeMapping?: TypeMapping): KeyedMembers | null =>
    reply && rowOf(reply, ([key, pairs]) => ({
      key, members: rowsOf(pairs, ([value, score]) => ({ value, score: mappedDouble(score, typeMapping) })),
    })),
  3: (reply: [BlobStringReply, Pair[]] | null): KeyedMembers | null =>
    reply && rowOf(reply, ([key, pairs]) => ({ key, members: fromPairs(pairs) })),
};

/** Rank and score of a member, null if there is no such member. */
type RankAndScore = { rank: NumberReply; score: DoubleReply };
export const rankAndScoreOrNull = {
  2: (reply: [NumberReply, BlobStringReply] | null, _preserve?: unknown, typeMapping?: TypeMapping): RankAndScore | null =>
    reply && rowOf(reply, ([rank, score]) => ({ rank, score: mappedDouble(score, typeMapping) })),
  3: (reply: [NumberReply, DoubleReply] | null): RankAndScore | null =>
    reply && rowOf(reply, ([rank, score]) => ({ rank, score })),
};

/** A page of ZSCAN, which is a flat list with scores as text in both protocols. */
export const scanMembersAndScores = (
  reply: [BlobStringReply, BlobStringReply[]], _preserve?: unknown, typeMapping?: TypeMapping,
): { cursor: BlobStringReply; members: ScoredMember[] } =>
  rowOf(reply, ([cursor, flat]) => ({ cursor, members: pairFlat(flat, typeMapping) }));
