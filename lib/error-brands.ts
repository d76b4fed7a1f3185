/**
 * Lets `instanceof` recognise errors across copies of this package. An application easily has two: one that a library brings along, one
 * of its own, one that a test framework has loaded anew. Each has classes of its own, and an error of the one would be no instance of
 * the other's.
 */

type Class = abstract new (...args: never[]) => object;

/** What `instanceof` does where a class says nothing else: it looks for the class's prototype. */
const isOrdinaryInstance = Function.prototype[Symbol.hasInstance] as (this: unknown, value: unknown) => boolean;

/**
 * Brands a class with its name, by a symbol that all copies share: whatever has the brand is an instance. Objects inherit the brands of
 * all their classes. A class that a user derives inherits this `instanceof` but not the name: its instances are found in the ordinary way.
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
