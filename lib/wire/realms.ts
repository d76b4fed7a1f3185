/**
 * Type checks that also work for values of other realms (`vm` contexts, test runners, Electron frames), for which `instanceof` is
 * false.
 */
import { types } from 'node:util';

export { isError } from '../errors';

export const { isDate, isUint8Array } = types;

/** Whether the value is a Map of any realm. Cheap for other objects: only values that look like a Map are examined. */
export function isMap(value: unknown): value is Map<unknown, unknown> {
  return value instanceof Map
    || (typeof value === 'object' && value !== null && typeof (value as { entries?: unknown }).entries === 'function' && types.isMap(value));
}

/** Whether the value is a promise of any realm or library. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (typeof value === 'object' || typeof value === 'function') && value !== null
    && typeof (value as { then?: unknown }).then === 'function';
}
