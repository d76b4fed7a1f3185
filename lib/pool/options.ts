/** The options of a pool, its defaults, and what is refused. */

/** Options of a pool. Times are milliseconds. */
export interface RedisPoolOptions {
  /** Clients that `connect()` opens and that are kept. Default 1. */
  minimum: number;
  /** Most clients; the pool grows while all are in use. Default 100, or `minimum` where that is more. */
  maximum: number;
  /** How long a task may wait for a client; then it rejects with `TimeoutError`. Default 3000; 0 for no limit. */
  acquireTimeout: number;
  /** How long clients beyond `minimum` are kept while nobody needs them. Default 3000. */
  cleanupDelay: number;
}

const DEFAULT_MAXIMUM = 100;

/**
 * Fills in the defaults.
 *
 * @throws RangeError for an option that is no usable number, or when `maximum` is less than `minimum`
 */
export function completePoolOptions(given: Partial<RedisPoolOptions> | undefined): Readonly<RedisPoolOptions> {
  const minimum = given?.minimum ?? 1;
  const options = {
    minimum,
    maximum: given?.maximum ?? Math.max(DEFAULT_MAXIMUM, minimum),
    acquireTimeout: given?.acquireTimeout ?? 3000,
    cleanupDelay: given?.cleanupDelay ?? 3000,
  };
  if (!Number.isInteger(minimum) || minimum < 0) throw invalid('minimum', 'a whole number that is not negative', minimum);
  const { maximum } = options;
  const isCount = Number.isInteger(maximum) || maximum === Infinity;
  if (!isCount || maximum < Math.max(1, minimum)) throw invalid('maximum', `a whole number of at least ${Math.max(1, minimum)}`, maximum);
  for (const name of ['acquireTimeout', 'cleanupDelay'] as const) {
    const value = options[name];
    if (typeof value !== 'number' || !(value >= 0)) throw invalid(name, 'a number of ms that is not negative', value);
  }
  return options;
}

function invalid(name: string, rule: string, value: unknown): RangeError {
  return new RangeError(`The pool option ${name} must be ${rule}, got ${String(value)}`);
}
