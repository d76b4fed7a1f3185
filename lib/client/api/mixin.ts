/** What makes a class of parts: methods that others declare, their upper-case names, listeners and internals that proxies share. */
import { EventEmitter } from 'node:events';

/** Gives a prototype the members of classes that are declared on their own. */
export function mixIn(prototype: object, ...parts: readonly { readonly prototype: object }[]): void {
  for (const part of parts) {
    const { constructor: _, ...members } = Object.getOwnPropertyDescriptors(part.prototype) as PropertyDescriptorMap;
    Object.defineProperties(prototype, members);
  }
}

/** Gives methods their upper-case names as well. */
export function aliasUpperCase<T extends object>(prototype: T, names: readonly (keyof T & string)[]): void {
  for (const name of names) {
    Object.defineProperty(prototype, name.toUpperCase(), { value: prototype[name], configurable: true, writable: true });
  }
}

/** Defines internals: they are no part of what `console.log` and `JSON.stringify` show of a client, which may hold a password. */
export function define(client: object, internals: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(internals)) {
    Object.defineProperty(client, name, { value, writable: true, enumerable: false, configurable: true });
  }
}

const EMITTER_METHODS = [
  'addListener', 'on', 'once', 'prependListener', 'prependOnceListener', 'off', 'removeListener', 'removeAllListeners',
  'setMaxListeners', 'emit',
] as const;

/** Lets listeners belong to `_self`: an emitter method on a proxy would replace the table of listeners on the proxy only. */
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
