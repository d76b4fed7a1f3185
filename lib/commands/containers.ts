// Functions to read lists and maps in replies. Maps are flat lists in RESP2, and in RESP3 whatever container the type
// mapping asks for. A server may send null in place of any value (because it has none, or has deleted it meanwhile),
// and errors may occur inside replies; both are passed on unchanged.

/** Whether this stands for a missing value. */
export function isMissing(value: unknown): value is null | undefined {
  return value === null || value === undefined || value instanceof Error;
}

/** Converts the items of a list. */
export function listOf<ITEM, VALUE>(raw: readonly ITEM[], convert: (item: ITEM) => VALUE): VALUE[] {
  return Array.isArray(raw) ? (raw as ITEM[]).map(item => convert(item)) : raw as unknown as VALUE[];
}

/** Converts a list whose columns are known. */
export function rowOf<ROW extends readonly unknown[], VALUE>(raw: ROW, convert: (row: ROW) => VALUE): VALUE {
  return Array.isArray(raw) ? convert(raw) : raw as unknown as VALUE;
}

/** Converts a list of lists whose columns are known. */
export function rowsOf<ROW extends readonly unknown[], VALUE>(raw: readonly ROW[], convert: (row: ROW) => VALUE): VALUE[] {
  return listOf(raw, row => rowOf(row, convert));
}

/** Returns the members of a list or a set as text; `[]` for anything else. */
export function textsOf(raw: unknown): string[] {
  return isMissing(raw) ? [] : Array.from(raw as Iterable<unknown>, item => (isMissing(item) ? item as unknown as string : String(item)));
}

/** Returns the pairs of a map; `[]` if it is missing. */
export function pairsOf(container: unknown): [string, unknown][] {
  if (isMissing(container)) return [];
  if (container instanceof Map) return [...container].map(([key, value]) => [String(key), value]);
  if (!Array.isArray(container)) return Object.entries(container as Record<string, unknown>);
  const pairs: [string, unknown][] = [];
  for (let i = 0; i < container.length; i += 2) pairs.push([String(container[i]), container[i + 1]]);
  return pairs;
}

/** Returns a field of a map, `undefined` if it is missing. */
export function fieldOf(container: unknown, name: string): unknown {
  if (container instanceof Map) return container.get(name);
  if (Array.isArray(container)) {
    const at = container.findIndex((item, index) => index % 2 === 0 && String(item) === name);
    return at < 0 ? undefined : container[at + 1];
  }
  return isMissing(container) ? undefined : (container as Record<string, unknown>)[name];
}

/** Converts the values of a map, and keeps its container. */
export function mapValues(container: unknown, convert: (value: unknown) => unknown): unknown {
  if (isMissing(container)) return container;
  if (container instanceof Map) return new Map(Array.from(container, ([key, value]) => [key as unknown, convert(value)]));
  if (Array.isArray(container)) return container.map((item, index) => (index % 2 === 0 ? item as unknown : convert(item)));
  return Object.fromEntries(Object.entries(container as object).map(([key, value]) => [key, convert(value)]));
}
