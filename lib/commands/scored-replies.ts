// Reply shapes with scores: RESP2 sends scores as text and members flat, RESP3 sends doubles and pairs.
import { RESP_TYPES } from '../wire/resp-types';
import type { BlobStringReply, DoubleReply, NumberReply, TypeMapping } from '../wire/resp-types';
import { mappedDouble, parseDouble } from './replies';

/** A member of a sorted set with its score. */
export type ScoredMember = { value: BlobStringReply; score: DoubleReply };

type Pair = [value: BlobStringReply, score: DoubleReply];
type TextPair = [value: BlobStringReply, score: BlobStringReply];

function pairFlat(flat: readonly BlobStringReply[], typeMapping?: TypeMapping): ScoredMember[] {
  const asText = typeMapping?.[RESP_TYPES.DOUBLE] === String;
  const members: ScoredMember[] = [];
  for (let i = 0; i < flat.length; i += 2) {
    const text = flat[i + 1];
    const score = asText ? text.toString() : parseDouble(text);
    members.push({ value: flat[i], score: score as unknown as DoubleReply });
  }
  return members;
}

const fromPairs = (pairs: readonly Pair[]): ScoredMember[] => pairs.map(([value, score]) => ({ value, score }));

/** `[{value, score}]` */
export const members = {
  2: (reply: BlobStringReply[], _preserve?: unknown, typeMapping?: TypeMapping): ScoredMember[] => pairFlat(reply, typeMapping),
  3: fromPairs,
};

/** One member that was removed, null if the set was empty. */
export const memberOrNull = {
  2: (reply: [] | TextPair, _preserve?: unknown, typeMapping?: TypeMapping): ScoredMember | null =>
    reply.length === 0 ? null : { value: reply[0], score: mappedDouble(reply[1], typeMapping) },
  3: (reply: [] | Pair): ScoredMember | null => (reply.length === 0 ? null : { value: reply[0], score: reply[1] }),
};

/** One member that was removed from the first non-empty set, null on timeout. */
type KeyedMember = { key: BlobStringReply; value: BlobStringReply; score: DoubleReply };
export const keyedMemberOrNull = {
  2: (
    reply: [BlobStringReply, ...TextPair] | null, _preserve?: unknown, typeMapping?: TypeMapping,
  ): KeyedMember | null => (reply === null ? null : { key: reply[0], value: reply[1], score: mappedDouble(reply[2], typeMapping) }),
  3: (reply: [BlobStringReply, ...Pair] | null): KeyedMember | null =>
    reply === null ? null : { key: reply[0], value: reply[1], score: reply[2] },
};

/** Members that were removed from the first non-empty set, null if there were none. */
type KeyedMembers = { key: BlobStringReply; members: ScoredMember[] };
export const keyedMembersOrNull = {
  2: (reply: [BlobStringReply, TextPair[]] | null, _preserve?: unknown, typeMapping?: TypeMapping): KeyedMembers | null =>
    reply === null ? null : {
      key: reply[0],
      members: reply[1].map(([value, score]) => ({ value, score: mappedDouble(score, typeMapping) })),
    },
  3: (reply: [BlobStringReply, Pair[]] | null): KeyedMembers | null =>
    reply === null ? null : { key: reply[0], members: fromPairs(reply[1]) },
};

/** Rank and score, null without the member. */
type RankAndScore = { rank: NumberReply; score: DoubleReply };
export const rankAndScoreOrNull = {
  2: (reply: [NumberReply, BlobStringReply] | null, _preserve?: unknown, typeMapping?: TypeMapping): RankAndScore | null =>
    reply === null ? null : { rank: reply[0], score: mappedDouble(reply[1], typeMapping) },
  3: (reply: [NumberReply, DoubleReply] | null): RankAndScore | null =>
    reply === null ? null : { rank: reply[0], score: reply[1] },
};

/** A page of ZSCAN, which sends members flat and scores as text in both protocols. */
export const scanMembersAndScores = (
  [cursor, flat]: [BlobStringReply, BlobStringReply[]], _preserve?: unknown, typeMapping?: TypeMapping,
): { cursor: BlobStringReply; members: ScoredMember[] } => ({ cursor, members: pairFlat(flat, typeMapping) });
