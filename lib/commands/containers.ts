// Reading lists and maps of replies. Maps are flat lists in RESP2, in RESP3 whatever maps are mapped to. A server may send null in place
// of any value (what it has not got, or has deleted meanwhile), and errors are values inside of replies: both stay what they are.

/** True for what stands in place of a value. */
export function isMissing(value: unknown): value is null | undefined {
  return value === null || value === undefined || value instanceof Error;
}

/** A list with its items converted. */
export function listOf<ITEM, VALUE>(raw: readonly ITEM[], convert: (item: ITEM) => VALUE): VALUE[] {
  return Array.isArray(raw) ? (raw as ITEM[]).map(item => convert(item)) : raw as unknown as VALUE[];
}

/** What is made of a list of known columns. */
export function rowOf<ROW extends readonly unknown[], VALUE>(raw: ROW, convert: (row: ROW) => VALUE): VALUE {
  return Array.isArray(raw) ? convert(raw) : raw as unknown as VALUE;
}

/** A list of lists of known columns. */
export function rowsOf<ROW extends readonly unknown[], VALUE>(raw: readonly ROW[], convert: (row: ROW) => VALUE): VALUE[] {
  return listOf(raw, row => rowOf(row, convert));
}

/** The members of a list or a set as text; none of what is neither. */
export function textsOf(raw: unknown): string[] {
  return isMissing(raw) ? [] : Array.from(raw as Iterable<unknown>, item => (isMissing(item) ? item as unknown as string : String(item)));
}

/** The pairs of a map; none of what is missing. */
export function pairsOf(container: unknown): [string, unknown][] {
  if (isMissing(container)) return [];
  if (container instanceof Map) return [...container].map(([key, value]) => [String(key), value]);
  if (!Array.isArray(container)) return Object.entries(container as Record<string, unknown>);
  const pairs: [string, unknown][] = [];
  for (let i = 0; i < container.length; i += 2) pairs.push([String(container[i]), container[i + 1]]);
  return pairs;
}

/** A field of a map, `undefined` if it is not there. */
export function fieldOf(container: unknown, name: string): unknown {
  if (container instanceof Map) return container.get(name);
  if (Array.isArray(container)) {
    const at = container.findIndex((item, index) => index % 2 === 0 && String(item) === name);
    return at < 0 ? undefined : container[at + 1];
  }
  return isMissing(container) ? undefined : (container as Record<string, unknown>)[name];
}

/** A map with its values converted, in the container that it is in. */
export function mapValues(container: unknown, convert: (value: unknown) => unknown): unknown {
  if (isMissing(container)) return container;
  if (container instanceof Map) return new Map(Array.from(container, ([key, value]) => [key as unknown, convert(value)]));
  if (Array.isArray(container)) return container.map((item, index) => (index % 2 === 0 ? item as unknown : convert(item)));
  return Object.fromEntries(Object.entries(container as object).map(([key, value]) => [key, convert(value)]));
}
