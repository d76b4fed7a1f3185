/**
 * The entries of client-side caches that user classes extend: replies and loads in flight, the Redis keys they depend on, and copies of
 * replies for callers. The library's own caches store their entries in the engine.
 */
import { types } from 'node:util';
import type { RedisArgument } from '../wire/command-parser';

/** A reply as the server sent it. The type is `any`, since caches written for npm `redis` use that package's reply types. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- see above
export type LoadedReply = any;

export interface ClientSideCacheEntry {
  /** Marks the entry as invalid: it must not be served or stored any more. */
  invalidate(): void;
  /** Whether the entry may be served: it is neither invalidated nor expired. */
  validate(): boolean;
}

abstract class ClientSideCacheEntryBase implements ClientSideCacheEntry {
  readonly #expiresAt: number;
  #isInvalidated = false;

  /** @param ttl how long the entry is valid, in ms; 0 for no limit */
  constructor(ttl: number) {
    this.#expiresAt = ttl === 0 ? Infinity : Date.now() + ttl;
  }

  invalidate(): void {
    this.#isInvalidated = true;
  }

  validate(): boolean {
    // Without a ttl the clock is not read.
    return !this.#isInvalidated && (this.#expiresAt === Infinity || Date.now() < this.#expiresAt);
  }
}

/** A transformed reply. */
export class ClientSideCacheEntryValue extends ClientSideCacheEntryBase {
  readonly #value: unknown;

  constructor(ttl: number, value: unknown) {
    super(ttl);
    this.#value = value;
  }

  /** The value that the cache owns; callers get copies. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- as declared by npm redis: its subclasses read it
  get value(): any {
    return this.#value;
  }
}

/** A load in flight. */
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

/** Which entries depend on which Redis keys. */
export class KeyIndex {
  readonly #byKey = new Map<string, Set<string>>();
  readonly #byEntry = new Map<string, readonly string[]>();

  /** Records that an entry depends on exactly these keys. */
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

  /** Removes all records of an entry. */
  delete(cacheKey: string): void {
    for (const name of this.#byEntry.get(cacheKey) ?? []) {
      const dependents = this.#byKey.get(name);
      dependents?.delete(cacheKey);
      if (dependents?.size === 0) this.#byKey.delete(name);
    }
    this.#byEntry.delete(cacheKey);
  }

  /** The entries that depend on a key. Keys that are not UTF-8 may be mixed up: then too many entries are dropped, never too few. */
  dependents(key: RedisArgument): string[] {
    return [...this.#byKey.get(key.toString()) ?? []];
  }

  clear(): void {
    this.#byKey.clear();
    this.#byEntry.clear();
  }

  /** The cache keys of the dependent entries, by Redis key. */
  entries(): IterableIterator<[string, Set<string>]> {
    return this.#byKey.entries();
  }
}

// If a caller changes its reply, the replies of other callers must not change.

/** A deep copy. Prototypes are kept; functions and errors are not copied. */
export function freshCopy<T>(value: T): T {
  // Most replies are strings and numbers.
  return typeof value === 'object' && value !== null ? copyObject(value, new Map()) as T : value;
}

type Seen = Map<object, object>;

function copyValue(value: unknown, seen: Seen): unknown {
  return typeof value === 'object' && value !== null ? seen.get(value) ?? copyObject(value, seen) : value;
}

function copyObject(value: object, seen: Seen): object {
  // Errors have internal slots, which a copy would lack.
  if (types.isNativeError(value)) return value;
  // structuredClone would turn a Buffer into a Uint8Array.
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

/** Copies own fields; skips those that the copy has already (the characters of a String object). */
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
