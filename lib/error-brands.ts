/**
 * Makes `instanceof` recognise errors across copies of this package. An application may load several copies: its own, one that a
 * library depends on, one that a test framework reloaded. Each copy has its own classes, so an error of one copy would not be an
 * instance of another copy's class.
 */

type Class = abstract new (...args: never[]) => object;

/** The default behaviour of `instanceof`, which searches the prototype chain. */
const isOrdinaryInstance = Function.prototype[Symbol.hasInstance] as (this: unknown, value: unknown) => boolean;

/**
 * Brands a class with its name, as a symbol that all copies share. Every object with the brand is an instance of the class; objects
 * inherit the brands of all their classes. For a subclass of a user, which has no brand of its own, `instanceof` works as usual.
 */
export function brand(name: string, branded: Class): void {
  const mark = Symbol.for(`oxredis.error.${name}`);
  define(branded.prototype as object, mark, true);
  define(branded, Symbol.hasInstance, function (this: unknown, value: unknown): boolean {
    if (this !== branded) return isOrdinaryInstance.call(this, value);
    return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[mark] === true;
  });
}

function define(target: object, key: symbol, value: unknown): void {
  Object.defineProperty(target, key, { value, writable: true, enumerable: false, configurable: true });
}
