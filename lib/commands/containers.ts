// Reading maps of replies: flat lists in RESP2, in RESP3 whatever maps are mapped to.

/** The pairs of a map. */
export function pairsOf(container: unknown): [string, unknown][] {
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
  return (container as Record<string, unknown> | null | undefined)?.[name];
}

/** A map with its values converted, in the container that it is in. */
export function mapValues(container: unknown, convert: (value: unknown) => unknown): unknown {
  if (container instanceof Map) return new Map(Array.from(container, ([key, value]) => [key as unknown, convert(value)]));
  if (Array.isArray(container)) return container.map((item, index) => (index % 2 === 0 ? item as unknown : convert(item)));
  return Object.fromEntries(Object.entries(container as object).map(([key, value]) => [key, convert(value)]));
}
