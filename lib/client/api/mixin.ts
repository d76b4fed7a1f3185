/** Helpers to compose the client class: mixins, upper-case aliases, internals, and listeners shared by proxies. */
import { EventEmitter } from 'node:events';

/** Copies the members of other classes to a prototype. */
export function mixIn(prototype: object, ...parts: readonly { readonly prototype: object }[]): void {
  for (const part of parts) {
    const { constructor: _, ...members } = Object.getOwnPropertyDescriptors(part.prototype) as PropertyDescriptorMap;
    Object.defineProperties(prototype, members);
  }
}

/** Defines upper-case aliases of methods. */
export function aliasUpperCase<T extends object>(prototype: T, names: readonly (keyof T & string)[]): void {
  for (const name of names) {
    Object.defineProperty(prototype, name.toUpperCase(), { value: prototype[name], configurable: true, writable: true });
  }
}

/** Defines internals as non-enumerable, so that `console.log` and `JSON.stringify` do not show them: they may contain passwords. */
export function define(client: object, internals: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(internals)) {
    Object.defineProperty(client, name, { value, writable: true, enumerable: false, configurable: true });
  }
}

const EMITTER_METHODS = [
  'addListener', 'on', 'once', 'prependListener', 'prependOnceListener', 'off', 'removeListener', 'removeAllListeners',
  'setMaxListeners', 'emit',
] as const;

/** Redirects emitter methods to `_self`. On a proxy they would replace the table of listeners for the proxy only. */
export function keepListenersOnSelf(prototype: EventEmitter): void {
  for (const name of EMITTER_METHODS) {
    const method = EventEmitter.prototype[name] as (...args: unknown[]) => unknown;
    Object.defineProperty(prototype, name, {
      configurable: true,
      writable: true,
      value(this: { readonly _self?: unknown }, ...args: unknown[]): unknown {
        const self = this._self ?? this;
        const result = method.apply(self, args);
        return result === self ? this : result;
      },
    });
  }
}
