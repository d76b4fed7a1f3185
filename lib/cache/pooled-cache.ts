/** Caches that several clients share. */
import { BasicClientSideCache, addOwnClass } from './basic-cache';
import type { ClientSideCacheEntry } from './entries';

/** A cache of several clients of one server or cluster. It can be switched off while nobody knows which server has which key. */
export abstract class PooledClientSideCacheProvider extends BasicClientSideCache {
  #isDisabled = false;

  /** Serves nothing until `enable()`. Loads are kept. */
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

  /** All clients were closed: drops everything and resets the statistics. */
  onPoolClose(): void {
    this.clear();
  }
}

/**
 * A cache that several clients share. Of a client that loses its connection, the engine drops what that one has read; a class that
 * extends this one drops everything, since it cannot tell whose entries are whose. Statistics stay.
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
