/** What a client-side cache holds: replies, and loads that are under way. */

/** A reply as the server sent it. The types of replies are not spelled out: caches that were written for npm `redis` name its own. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- see above
export type LoadedReply = any;

export interface ClientSideCacheEntry {
  /** It must not be served or kept any more. */
  invalidate(): void;
  /** Whether it may be served: neither invalidated nor too old. */
  validate(): boolean;
}

abstract class ClientSideCacheEntryBase implements ClientSideCacheEntry {
  readonly #expiresAt: number;
  #isInvalidated = false;

  /** @param ttl ms from now; 0 for no end */
  constructor(ttl: number) {
    this.#expiresAt = ttl === 0 ? Infinity : Date.now() + ttl;
  }

  invalidate(): void {
    this.#isInvalidated = true;
  }

  validate(): boolean {
    // Without a ttl the clock is not asked.
    return !this.#isInvalidated && (this.#expiresAt === Infinity || Date.now() < this.#expiresAt);
  }
}

/** A reply, transformed. */
export class ClientSideCacheEntryValue extends ClientSideCacheEntryBase {
  readonly #value: unknown;

  constructor(ttl: number, value: unknown) {
    super(ttl);
    this.#value = value;
  }

  /** Belongs to the cache: callers get copies. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- as declared by npm redis: its subclasses read it
  get value(): any {
    return this.#value;
  }
}

/** A load that is under way. */
export class ClientSideCacheEntryPromise extends ClientSideCacheEntryBase {
  readonly #promise: Promise<LoadedReply>;

  constructor(ttl: number, promise: Promise<LoadedReply>) {
    super(ttl);
    this.#promise = promise;
  }

  /** The reply, not transformed. */
  get promise(): Promise<LoadedReply> {
    return this.#promise;
  }
}
