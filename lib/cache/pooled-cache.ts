/** Caches that several clients share. */
import { BasicClientSideCache, addOwnClass } from './basic-cache';
import type { ClientSideCacheEntry } from './entries';

/** A cache of several clients of one server or cluster. It can be disabled while it is unknown which server holds which key. */
export abstract class PooledClientSideCacheProvider extends BasicClientSideCache {
  #isDisabled = false;

  /** Serves no entries until `enable()`. Replies are still stored. */
  disable(): void {
    this.#isDisabled = true;
  }

  enable(): void {
    this.#isDisabled = false;
  }

  /** @internal */
  get _isDisabled(): boolean {
    return this.#isDisabled;
  }

  override get(cacheKey: string): ClientSideCacheEntry | undefined {
    return this.#isDisabled ? undefined : super.get(cacheKey);
  }

  override has(cacheKey: string): boolean {
    return !this.#isDisabled && super.has(cacheKey);
  }

  /** Called when all clients are closed: drops all entries and resets the statistics. */
  onPoolClose(): void {
    this.clear();
  }
}

/**
 * A cache that several clients share. When a client loses its connection, the engine drops the entries that this client loaded; a user
 * class that extends this one drops all entries, since it does not know which client loaded them. The statistics stay.
 */
export class BasicPooledClientSideCache extends PooledClientSideCacheProvider {
  override onError(): void {
    this.clear(false);
  }

  override onClose(): void {
    this.clear(false);
  }
}

addOwnClass(BasicPooledClientSideCache);
