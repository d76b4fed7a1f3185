/** Decides whether and when a client reconnects. */
import { ReconnectStrategyError, SocketTimeoutError, thrownError, optionError } from '../../errors';
import { LONGEST_TIMER } from '../../timers';
import { isError } from '../../wire/realms';
import type { RedisSocketOptions } from './option-types';

/** What to do after a failure. `complaint` is an error of the strategy itself. */
export type ReconnectDecision =
  | { readonly giveUp: false; readonly delay: number; readonly complaint?: Error }
  | { readonly giveUp: true; readonly cause: Error };

/**
 * The default strategy: the delay doubles from 50 ms up to 2 s, plus up to 200 ms of jitter so that not all clients of a restarted
 * server reconnect at once. Gives up after a `SocketTimeoutError`.
 *
 * @returns the delay in ms, or `false` to give up
 */
export function defaultReconnectStrategy(retries: number, cause: unknown): number | false {
  if (cause instanceof SocketTimeoutError) return false;
  return Math.min(2 ** retries * 50, 2000) + Math.floor(Math.random() * 200);
}

/** Applies the reconnect strategy of a client's options. */
export class ReconnectPolicy {
  readonly #strategy: NonNullable<RedisSocketOptions['reconnectStrategy']> | null;

  constructor(socket: RedisSocketOptions | undefined) {
    this.#strategy = socket?.reconnectStrategy ?? socket?.reconnectionStrategy ?? null;
  }

  /**
   * @param retries failed attempts so far in this outage, from 0
   * @param cause the network error
   */
  decide(retries: number, cause: Error): ReconnectDecision {
    const strategy = this.#strategy;
    if (strategy === null) return this.#default(retries, cause);
    if (strategy === false) return { giveUp: true, cause };
    if (typeof strategy === 'number') return { giveUp: false, delay: delayOf(strategy) };
    try {
      return this.#interpret(strategy(retries, cause), retries, cause);
    } catch (thrown) {
      return this.#default(retries, cause, thrownError(thrown));
    }
  }

  #interpret(result: unknown, retries: number, cause: Error): ReconnectDecision {
    if (result === false) return { giveUp: true, cause };
    if (isError(result)) return { giveUp: true, cause: new ReconnectStrategyError(result, cause) };
    if (typeof result === 'number') return { giveUp: false, delay: delayOf(result) };
    const complaint = optionError(`Reconnect strategy should return \`false | Error | number\`, got ${String(result)} instead`);
    return this.#default(retries, cause, complaint);
  }

  #default(retries: number, cause: Error, complaint?: Error): ReconnectDecision {
    const delay = defaultReconnectStrategy(retries, cause);
    return delay === false ? { giveUp: true, cause } : { giveUp: false, delay, complaint };
  }
}

/** Returns a delay that timers accept: 0 for NaN and negative numbers, and the maximum for longer delays. */
function delayOf(ms: number): number {
  return ms > 0 ? Math.min(ms, LONGEST_TIMER) : 0;
}
