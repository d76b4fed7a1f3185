// Where reading of a series begins, and how long it waits.
import type { CommandParser } from '../../../wire/command-parser';
import { pushOption } from '../../args';
import type { Timestamp } from './series-args';

/** Where the first read begins: at the first sample, at the last one, or after it. Later reads begin at the last timestamp + 1. */
export const TS_READ_TIMESTAMP = { EARLIEST: '-', LATEST: '+', NEW: '$' } as const;

/** A time, or one of {@link TS_READ_TIMESTAMP}. */
export type TsReadTimestamp = Timestamp | (typeof TS_READ_TIMESTAMP)[keyof typeof TS_READ_TIMESTAMP];

export interface TsReadOptions {
  /** Wait for samples. */
  BLOCK?: {
    /** How long at most, 0 for ever. */
    milliseconds: number;
    /** Until there are so many; default 1. */
    minCount?: number;
  };
  /** Samples at most. */
  MAX_COUNT?: number;
}

/** `[BLOCK ms count] [MAX_COUNT n]` */
export function pushReadOptions(c: CommandParser, options: TsReadOptions | undefined): void {
  const block = options?.BLOCK;
  if (block !== undefined) c.push('BLOCK', block.milliseconds.toString(), (block.minCount ?? 1).toString());
  pushOption(c, 'MAX_COUNT', options?.MAX_COUNT);
}
