/** What `console.log`, `util.inspect` and `JSON.stringify` show of objects that hold passwords and memory of the engine. */
import { inspect, type InspectOptions } from 'node:util';

type Shown = readonly [name: string, fields: Readonly<Record<string, unknown>>];

/** Objects of a class, and those that inherit from them, show what `describe` gives, whatever the options say; as JSON they are `{}`. */
export function showAs<T extends object>(prototype: T, describe: (self: T) => Shown): void {
  define(prototype, inspect.custom, function (this: T, depth: number, options: InspectOptions) {
    // A prototype is no instance.
    if (Object.hasOwn(this, 'constructor')) return '{}';
    const [name, fields] = describe(this);
    return depth < 0 ? `[${name}]` : `${name} ${inspect(fields, { ...options, showHidden: false })}`;
  });
  define(prototype, 'toJSON', () => ({}));
}

/** An object that code reads as it is shows what `safe` makes of it. Copies of it are ordinary objects. */
export function showInstead<T extends object>(object: T, safe: (object: T) => object): void {
  define(object, inspect.custom, function (this: T, _depth: number, options: InspectOptions) {
    return inspect(safe(this), { ...options, showHidden: false });
  });
}

function define(target: object, name: string | symbol, value: unknown): void {
  Object.defineProperty(target, name, { value, enumerable: false, configurable: true, writable: true });
}
