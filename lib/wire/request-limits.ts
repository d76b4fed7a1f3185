/** Limits of a command or a chain in addition to the queue timeout: abort signals and deadlines. */
import { LONGEST_TIMER } from '../timers';
import { watchSignal } from './abort-watch';
import { abortedBefore, abortedError, deadlineError, type LimitedRequest } from './limit-errors';
import type { LinkCommandOptions } from './link-types';

/** Longest time that `AbortSignal.timeout` accepts, in ms. */
const MOST_DELAY = 0xffffffff;

/**
 * Rejects the command or the chain that reached a limit.
 *
 * @param error creates the error of one request
 * @param inFlight whether to reject requests that were written, too
 */
export type Cancel = (error: (request: LimitedRequest) => Error, inFlight: boolean) => void;

/** The options of an attempt of a call that has made others before. */
export interface AttemptOptions extends LinkCommandOptions {
  /** The deadline of the call: `deadline` is what is left of it. */
  readonly wholeDeadline?: number | undefined;
}

/** Whether a command needs `watchLimits`: it has a signal, a deadline, or a timeout that does not fit into the batch's 32 bits. */
export function hasLimits(options: LinkCommandOptions, timeout: number): boolean {
  return options.abortSignal !== undefined || options.deadline !== undefined || (timeout | 0) !== timeout || timeout < 0;
}

/** @returns why the command must not be sent (signal already aborted, invalid time), or `undefined` */
export function limitsRefusal({ timeout, deadline, abortSignal }: LinkCommandOptions): Error | undefined {
  // As in npm `redis`, any falsy timeout means none.
  return invalidTime(timeout || undefined) ?? invalidTime(deadline) ?? (abortSignal?.aborted ? abortedBefore(abortSignal) : undefined);
}

/** The timeout in ms for the batch, which has 32 bits for it as timers have. A longer one has no effect. */
export function queueTimeout({ timeout }: LinkCommandOptions): number {
  return !timeout || timeout > LONGEST_TIMER ? 0 : timeout;
}

/**
 * Starts to watch the signal and the deadline.
 *
 * @returns a function that ends the watch
 * @throws TypeError when `abortSignal` is not an AbortSignal
 */
export function watchLimits({ abortSignal, abortInFlight, deadline, wholeDeadline }: AttemptOptions, cancel: Cancel): () => void {
  const unwatch = abortSignal === undefined || abortSignal === null
    ? undefined
    : watchSignal(abortSignal, () => cancel((request) => abortedError(abortSignal, request), abortInFlight === true));
  const timer = deadline === undefined || deadline === null || deadline === 0 || deadline > LONGEST_TIMER
    ? undefined
    : setTimeout(() => cancel((request) => deadlineError(wholeDeadline ?? deadline, request), true), deadline).unref();
  return () => {
    unwatch?.();
    clearTimeout(timer);
  };
}

/** The error that `AbortSignal.timeout` throws for an invalid time. */
function invalidTime(value: unknown): Error | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number') {
    return Object.assign(new TypeError(`The "delay" argument must be of type number. Received type ${typeof value}`), {
      code: 'ERR_INVALID_ARG_TYPE',
    });
  }
  if (Number.isInteger(value) && value >= 0 && value <= MOST_DELAY) return undefined;
  const rule = Number.isInteger(value) ? `It must be >= 0 && <= ${MOST_DELAY}.` : 'It must be an integer.';
  return Object.assign(new RangeError(`The value of "delay" is out of range. ${rule} Received ${value}`), {
    code: 'ERR_OUT_OF_RANGE',
  });
}
