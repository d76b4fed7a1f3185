// Samples in replies. RESP2 sends their values as text.
import type { ArrayReply, BlobStringReply, DoubleReply, NumberReply } from '../../../wire/resp-types';
import { isMissing, listOf, rowOf, rowsOf } from '../../containers';
import { parseDouble } from '../../replies';

/** A sample: a value at a time. */
export type Sample<VALUE> = { timestamp: NumberReply; value: VALUE };
/** Several values at one time. */
export type MultiSample<VALUES> = { timestamp: NumberReply; values: VALUES };

type RawSample<VALUE> = [timestamp: NumberReply, value: VALUE];
type RawMultiSample<VALUE> = [timestamp: NumberReply, ...values: VALUE[]];
type RawRow<VALUE> = [timestamp: NumberReply, values: VALUE[]];

/** Converts the value of a sample; an empty series has none, which gives `NaN`. */
function toNumber(text: BlobStringReply | undefined): number {
  if (text === undefined) return NaN;
  return isMissing(text) ? text : parseDouble(text);
}

/** One sample. TS.MGET sends an empty list if the series is empty. */
export const sample = {
  2: (reply: RawSample<BlobStringReply>): Sample<number> =>
    rowOf(reply, ([timestamp, value]) => ({ timestamp, value: toNumber(value) })),
  3: (reply: RawSample<DoubleReply>): Sample<DoubleReply> => rowOf(reply, ([timestamp, value]) => ({ timestamp, value })),
};

const isEmpty = (reply: readonly unknown[]): reply is [] => Array.isArray(reply) && reply.length === 0;

/** One sample, null if there is none. */
export const sampleOrNull = {
  2: (reply: RawSample<BlobStringReply> | []): Sample<number> | null => (isEmpty(reply) ? null : sample[2](reply)),
  3: (reply: RawSample<DoubleReply> | []): Sample<DoubleReply> | null => (isEmpty(reply) ? null : sample[3](reply)),
};

/** `[{timestamp, value}]` */
export const samples = {
  2: (reply: RawSample<BlobStringReply>[]): Sample<number>[] => listOf(reply, sample[2]),
  3: (reply: RawSample<DoubleReply>[]): Sample<DoubleReply>[] => listOf(reply, sample[3]),
};

/** `[{timestamp, values}]` with a value for each aggregation. */
export const multiSamples = {
  2: (reply: RawMultiSample<BlobStringReply>[]): MultiSample<number[]>[] =>
    rowsOf(reply, ([timestamp, ...values]) => ({ timestamp, values: values.map(toNumber) })),
  3: (reply: RawMultiSample<DoubleReply>[]): MultiSample<DoubleReply[]>[] =>
    rowsOf(reply, ([timestamp, ...values]) => ({ timestamp, values })),
};

/** `[{timestamp, values}]` with the values of each key; `NaN` if a key has no sample at this time. */
export const rows = {
  2: (reply: RawRow<BlobStringReply>[]): MultiSample<number[]>[] =>
    rowsOf(reply, ([timestamp, values]) => ({ timestamp, values: listOf(values, toNumber) })),
  3: (reply: RawRow<DoubleReply>[]): MultiSample<ArrayReply<DoubleReply>>[] =>
    rowsOf(reply, ([timestamp, values]) => ({ timestamp, values: values as unknown as ArrayReply<DoubleReply> })),
};
