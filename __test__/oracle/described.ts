/** Values of replies as plain data that tells everything apart which a caller can tell apart. */

/** What a call came to. */
export type Outcome = { resolved: unknown } | { rejected: unknown } | { thrown: unknown };

function describedObject(value: object): unknown {
  // A field that is undefined is as good as none.
  const entries = Object.entries(value).filter(([, item]) => item !== undefined).map(([name, item]) => [name, described(item)]);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === null) return { 'object without prototype': entries };
  const { name } = (prototype as object).constructor;
  // A String object's entries are its letters; what is its own besides them counts.
  if (value instanceof String) {
    return { [name]: value.toString(), own: entries.filter(([key]) => !/^\d+$/.test(key as string)) };
  }
  return { [name]: entries };
}

/** A value with its types, prototypes and the order of its fields; classes of either library by name. */
export function described(value: unknown): unknown {
  if (value === undefined) return { undefined: true };
  if (typeof value === 'bigint') return { bigint: value.toString() };
  if (typeof value !== 'object' || value === null) return value;
  if (Buffer.isBuffer(value)) return { Buffer: value.toString('latin1') };
  if (Array.isArray(value)) return value.map(described);
  if (value instanceof Map) return { Map: [...value].map(([key, item]) => [described(key), described(item)]) };
  if (value instanceof Set) return { Set: [...value].map(described) };
  if (value instanceof Date) return { Date: value.getTime() };
  if (value instanceof Error) return { error: value.constructor.name, message: value.message };
  return describedObject(value);
}

/** Runs a call and describes what it comes to. */
export async function outcomeOf(call: () => unknown): Promise<Outcome> {
  let promise: unknown;
  try {
    promise = call();
  } catch (error) {
    return { thrown: described(error) };
  }
  return Promise.resolve(promise).then((value) => ({ resolved: described(value) }), (error: unknown) => ({ rejected: described(error) }));
}
