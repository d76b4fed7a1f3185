/**
 * What a client-side cache holds in JavaScript: replies and loads that are under way, which keys of the database they depend on, and
 * copies of replies for callers. What clients read through the library's own caches lies in the engine.
 */
import { types } from 'node:util';
import type { RedisArgument } from '../wire/command-parser';

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

/** Which entries depend on which keys of the database. */
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

// What a caller does to its own reply must not change what others get.

/** A copy that shares nothing that can be changed. Prototypes stay; functions and errors are not copied. */
export function freshCopy<T>(value: T): T {
  // Most replies are strings and numbers.
  return typeof value === 'object' && value !== null ? copyObject(value, new Map()) as T : value;
}

type Seen = Map<object, object>;

function copyValue(value: unknown, seen: Seen): unknown {
  return typeof value === 'object' && value !== null ? seen.get(value) ?? copyObject(value, seen) : value;
}

function copyObject(value: object, seen: Seen): object {
  // Errors have private fields, which no copy would have.
  if (types.isNativeError(value)) return value;
  // structuredClone would make a Uint8Array of it.
  if (Buffer.isBuffer(value)) return remembered(value, Buffer.from(value), seen);
  if (Array.isArray(value)) return copyArray(value, seen);
  if (types.isMap(value)) return copyMap(value, seen);
  if (types.isSet(value)) return copySet(value, seen);
  const hasInnerState = types.isDate(value) || types.isBoxedPrimitive(value) || types.isRegExp(value) || types.isAnyArrayBuffer(value)
    || ArrayBuffer.isView(value);
  const copy = hasInnerState ? structuredClone(value) : {};
  const prototype = Object.getPrototypeOf(value) as object | null;
  if (Object.getPrototypeOf(copy) !== prototype) Object.setPrototypeOf(copy, prototype);
  if (!ArrayBuffer.isView(value)) copyFields(value, remembered(value, copy, seen), seen);
  return copy;
}

function copyArray(value: unknown[], seen: Seen): unknown[] {
  const copy = remembered<unknown[]>(value, [], seen);
  for (const element of value) copy.push(copyValue(element, seen));
  return copy;
}

function copyMap(value: Map<unknown, unknown>, seen: Seen): Map<unknown, unknown> {
  const copy = remembered(value, new Map<unknown, unknown>(), seen);
  for (const [key, element] of value) copy.set(copyValue(key, seen), copyValue(element, seen));
  return copy;
}

function copySet(value: Set<unknown>, seen: Seen): Set<unknown> {
  const copy = remembered(value, new Set<unknown>(), seen);
  for (const element of value) copy.add(copyValue(element, seen));
  return copy;
}

/** Fields that are there already (the characters of a text) stay. */
function copyFields(value: object, copy: object, seen: Seen): void {
  for (const name of Object.keys(value)) {
    if (Object.hasOwn(copy, name)) continue;
    const field = copyValue((value as Record<string, unknown>)[name], seen);
    // An assignment would set the prototype.
    if (name === '__proto__') Object.defineProperty(copy, name, { value: field, writable: true, enumerable: true, configurable: true });
    else (copy as Record<string, unknown>)[name] = field;
  }
}

function remembered<T extends object>(value: object, copy: T, seen: Seen): T {
  seen.set(value, copy);
  return copy;
}
