// Arguments of TS.READ: where to begin, and how long to wait.
import type { CommandParser } from '../../../wire/command-parser';
import { pushOption } from '../../args';
import type { Timestamp } from './series-args';

/**
 * Where the first read begins: at the first sample, at the last one, or after it. To continue, read from the last
 * timestamp + 1.
 */
export const TS_READ_TIMESTAMP = { EARLIEST: '-', LATEST: '+', NEW: '$' } as const;

/** A time, or one of {@link TS_READ_TIMESTAMP}. */
export type TsReadTimestamp = Timestamp | (typeof TS_READ_TIMESTAMP)[keyof typeof TS_READ_TIMESTAMP];

export interface TsReadOptions {
  /** Wait for new samples. */
  BLOCK?: {
    /** Maximum time to wait in milliseconds; 0 means forever. */
    milliseconds: number;
    /** Wait until there are this many samples. Default: 1. */
    minCount?: number;
  };
  /** Maximum number of samples. */
  MAX_COUNT?: number;
}

/** Pushes `[BLOCK ms count] [MAX_COUNT n]`. */
export function pushReadOptions(c: CommandParser, options: TsReadOptions | undefined): void {
  const block = options?.BLOCK;
  if (block !== undefined) c.push('BLOCK', block.milliseconds.toString(), (block.minCount ?? 1).toString());
  pushOption(c, 'MAX_COUNT', options?.MAX_COUNT);
}
