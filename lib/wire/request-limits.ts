/** Limits of one command beyond the plain queue timeout: abort signals and deadlines. */
import { AbortError, TimeoutError } from '../errors';
import type { Link } from './link';
import type { LinkCommandOptions } from './link-types';
import type { Pending } from './pending';

/** What the batch can carry as a timeout, in ms. Longer ones are as good as none. */
export const MOST_TIMEOUT = 0x7fffffff;

/** Longest delay of a timer of Node, in ms; `AbortSignal.timeout` takes up to 2^32-1. */
const MOST_DELAY = 0xffffffff;

/** What `watchLimits` gives: the link fills in the slot as soon as it is known. */
export interface Limits {
  slot: number;
  /** Queue timeout for the engine, in ms; 0 none. */
  timeout: number;
}

/** Whether a command needs `watchLimits`. */
export function hasLimits(options: LinkCommandOptions): boolean {
  return options.abortSignal !== undefined || options.deadline !== undefined;
}

/**
 * Starts to watch the signal and the deadline of a command.
 *
 * @returns the error when the command must not be sent: its signal has fired, or an option is no valid time
 */
export function watchLimits(options: LinkCommandOptions, pending: Pending, link: Link): Limits | Error {
  const { abortSignal, deadline } = options;
  const invalid = invalidTime(options.timeout) ?? invalidTime(deadline);
  if (invalid !== undefined) return invalid;
  if (abortSignal?.aborted) return new AbortError();
  const timeout = options.timeout ?? 0;
  const limits: Limits = { slot: -1, timeout: timeout > MOST_TIMEOUT ? 0 : timeout };
  const undo: (() => void)[] = [];
  if (abortSignal !== undefined) {
    const onAbort = (): void => {
      link.cancel(limits.slot, pending, new AbortError(), options.abortInFlight === true);
    };
    try {
      abortSignal.addEventListener('abort', onAbort, { once: true });
    } catch (error) {
      return error as Error;
    }
    undo.push(() => {
      abortSignal.removeEventListener('abort', onAbort);
    });
  }
  if (deadline !== undefined && deadline > 0) {
    const timer = setTimeout(() => {
      link.cancel(limits.slot, pending, new TimeoutError(`The command was not answered within its deadline of ${deadline}ms`), true);
    }, deadline);
    timer.unref();
    undo.push(() => {
      clearTimeout(timer);
    });
  }
  pending.cleanup = () => {
    for (const step of undo) step();
  };
  return limits;
}

/** The error that `AbortSignal.timeout` gives for a time that it cannot take. */
function invalidTime(value: unknown): Error | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'number') {
    return Object.assign(
      new TypeError(`The "delay" argument must be of type number. Received ${value === null ? 'null' : `type ${typeof value}`}`),
      { code: 'ERR_INVALID_ARG_TYPE' },
    );
  }
  if (Number.isInteger(value) && value >= 0 && value <= MOST_DELAY) return undefined;
  const rule = Number.isInteger(value) ? `It must be >= 0 && <= ${MOST_DELAY}.` : 'It must be an integer.';
  return Object.assign(new RangeError(`The value of "delay" is out of range. ${rule} Received ${value}`), {
    code: 'ERR_OUT_OF_RANGE',
  });
}
