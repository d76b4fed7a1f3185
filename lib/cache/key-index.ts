/** Which entries of a cache depend on which keys of the database. */
import type { RedisArgument } from '../wire/command-parser';

export class KeyIndex {
  readonly #byKey = new Map<string, Set<string>>();
  readonly #byEntry = new Map<string, readonly string[]>();

  /** An entry depends on these keys, and on no others. */
  set(cacheKey: string, keys: readonly RedisArgument[]): void {
    this.delete(cacheKey);
    const names = keys.map((key) => key.toString());
    this.#byEntry.set(cacheKey, names);
    for (const name of names) {
      const dependents = this.#byKey.get(name);
      if (dependents === undefined) this.#byKey.set(name, new Set([cacheKey]));
      else dependents.add(cacheKey);
    }
  }

  /** The entry is gone: nothing of it stays. */
  delete(cacheKey: string): void {
    for (const name of this.#byEntry.get(cacheKey) ?? []) {
      const dependents = this.#byKey.get(name);
      dependents?.delete(cacheKey);
      if (dependents?.size === 0) this.#byKey.delete(name);
    }
    this.#byEntry.delete(cacheKey);
  }

  /** The entries that depend on a key. Keys whose bytes are no text may share their entries: too many are dropped then, never too few. */
  dependents(key: RedisArgument): string[] {
    return [...this.#byKey.get(key.toString()) ?? []];
  }

  clear(): void {
    this.#byKey.clear();
    this.#byEntry.clear();
  }

  /** By key of the database. */
  entries(): IterableIterator<[string, Set<string>]> {
    return this.#byKey.entries();
  }
}
