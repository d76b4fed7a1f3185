/** Caches that several clients share. */
import { BasicClientSideCache } from './basic-cache';
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

/** Drops everything when one of its clients loses its connection, since it cannot tell whose entries are whose. Statistics stay. */
export class BasicPooledClientSideCache extends PooledClientSideCacheProvider {
  override onError(): void {
    this.clear(false);
  }

  override onClose(): void {
    this.clear(false);
  }
}
