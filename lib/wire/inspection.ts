/** Controls how `console.log`, `util.inspect` and `JSON.stringify` show objects that hold passwords or memory of the engine. */
import { inspect, type InspectOptions } from 'node:util';

type Shown = readonly [name: string, fields: Readonly<Record<string, unknown>>];

/** Objects with this prototype are shown as the result of `describe`, whatever the inspect options; as JSON they are `{}`. */
export function showAs<T extends object>(prototype: T, describe: (self: T) => Shown): void {
  define(prototype, inspect.custom, function (this: T, depth: number, options: InspectOptions) {
    // `this` is a prototype, not an instance.
    if (Object.hasOwn(this, 'constructor')) return '{}';
    const [name, fields] = describe(this);
    return depth < 0 ? `[${name}]` : `${name} ${inspect(fields, { ...options, showHidden: false })}`;
  });
  define(prototype, 'toJSON', () => ({}));
}

/** Shows `safe(object)` in place of an object, whose properties stay readable. Copies of the object are shown unchanged. */
export function showInstead<T extends object>(object: T, safe: (object: T) => object): void {
  define(object, inspect.custom, function (this: T, _depth: number, options: InspectOptions) {
    return inspect(safe(this), { ...options, showHidden: false });
  });
}

function define(target: object, name: string | symbol, value: unknown): void {
  Object.defineProperty(target, name, { value, enumerable: false, configurable: true, writable: true });
}
