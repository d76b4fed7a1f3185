/** Copies of cached replies: what a caller does to its own must not change what others get. */
import { types } from 'node:util';

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
