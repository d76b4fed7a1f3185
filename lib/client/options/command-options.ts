/** Options of commands, and how options of clients and of single calls are combined. */
import type { LinkCommandOptions } from '../../wire/link-types';
import type { ReadFromFunction, ReadFromName } from '../../wire/read-from';
import type { TypeMapping } from '../../wire/resp-types';

/** Options of a command. Times are milliseconds. */
export interface CommandOptions<TYPE_MAPPING extends TypeMapping = TypeMapping> extends LinkCommandOptions {
  /**
   * Maximum time until the command is sent; after it the command rejects with `TimeoutError`. Default 5000; 0 or `undefined` for no limit.
   */
  timeout?: number;
  /**
   * Maximum time until the reply arrives, including the time in the queue; after it the command rejects with `TimeoutError`. Default: no
   * limit.
   */
  deadline?: number;
  /** Cancels the command if it is not yet sent: it rejects with `AbortError`. */
  abortSignal?: AbortSignal;
  /** True: `abortSignal` also rejects a command that was already sent. The server may have executed it. */
  abortInFlight?: boolean;
  /** True: the command is sent before commands that are already queued. */
  asap?: boolean;
  /** The JavaScript types to decode replies to, by RESP type. */
  typeMapping?: TYPE_MAPPING;
  /** Clusters only: which nodes serve reads; overrides `readFrom` of the cluster. */
  readFrom?: ReadFromName | ReadFromFunction;
  /** How reads use the client-side cache; `false` bypasses it. Set by `withCache`. */
  cache?: CacheReadOptions | false;
}

/** How a read uses the client-side cache. */
export interface CacheReadOptions {
  /** How long a loaded reply may be served from the cache, in ms; overrides the `ttl` of the cache. 0 for no limit. */
  ttl?: number;
}

/** Default of `timeout`, in ms. */
const DEFAULT_TIMEOUT = 5000;

/** Returns the given options of a client's commands with defaults. A `timeout` that is explicitly `undefined` means no limit. */
export function defaultCommandOptions(given: CommandOptions | undefined): CommandOptions {
  return { timeout: DEFAULT_TIMEOUT, ...given };
}

/** Returns `base` with the fields of `over`. Neither argument is changed. */
export function mergeCommandOptions(base: CommandOptions, over: CommandOptions | undefined): CommandOptions {
  return over === undefined || over === null ? base : { ...base, ...over };
}
