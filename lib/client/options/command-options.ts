/** Options of single commands and how they are combined. */
import type { LinkCommandOptions } from '../../wire/link-types';
import type { TypeMapping } from '../../wire/resp-types';

/** Options of a command. Times are milliseconds. */
export interface CommandOptions<TYPE_MAPPING extends TypeMapping = TypeMapping> extends LinkCommandOptions {
  /** How long the command may wait to be sent; then it rejects with `TimeoutError`. Default 5000; 0 or `undefined` for no limit. */
  timeout?: number;
  /** How long the command may take until its reply is here, waiting included; then it rejects with `TimeoutError`. Default: no limit. */
  deadline?: number;
  /** Takes the command back while it is not sent yet: it rejects with `AbortError`. */
  abortSignal?: AbortSignal;
  /** True lets the signal also reject a command that was sent; the server may have run it. */
  abortInFlight?: boolean;
  /** True sends the command before those that wait already. */
  asap?: boolean;
  /** Which JavaScript types replies become. */
  typeMapping?: TYPE_MAPPING;
  /** How reads use the client-side cache; `withCache` sets it. */
  cache?: CacheReadOptions | false;
}

/** How one read uses the client-side cache. */
export interface CacheReadOptions {
  /** How long the reply may be served once it is loaded, in ms, instead of the cache's own `ttl`; 0 for no limit. */
  ttl?: number;
}

/** Ms that a command may wait to be written. */
const DEFAULT_TIMEOUT = 5000;

/** The options of a client's commands: what its user gave over the defaults. A `timeout` that is given as `undefined` is none. */
export function defaultCommandOptions(given: CommandOptions | undefined): CommandOptions {
  return { timeout: DEFAULT_TIMEOUT, ...given };
}

/** `over` over `base`; neither changes. */
export function mergeCommandOptions(base: CommandOptions, over: CommandOptions | undefined): CommandOptions {
  return over === undefined || over === null ? base : { ...base, ...over };
}
