/**
 * Tells values by what they are. `instanceof` asks for a class of this realm, and values come from others too: from `vm` contexts, test
 * runners, frames of Electron.
 */
import { types } from 'node:util';

export { isError } from '../errors';

export const { isDate, isUint8Array } = types;

/** A Map of whatever realm. Cheap for other objects: only what looks like a Map is examined. */
export function isMap(value: unknown): value is Map<unknown, unknown> {
  return value instanceof Map
    || (typeof value === 'object' && value !== null && typeof (value as { entries?: unknown }).entries === 'function' && types.isMap(value));
}

/** A promise of whatever realm or library. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (typeof value === 'object' || typeof value === 'function') && value !== null
    && typeof (value as { then?: unknown }).then === 'function';
}
