/** Where a reply with null in one place gives another value than npm `redis` 6.3.1 does, on purpose. */
import { isDeepStrictEqual } from 'node:util';

/** What a reply with null in one place became. */
export interface Became {
  readonly method: string;
  /** Where the null was: empty for the whole reply. */
  readonly at: string;
  readonly ours: unknown;
  readonly theirs: unknown;
}

/** Differences of single methods. */
const OTHERS: readonly { readonly method: string; readonly reason: string }[] = [
  { method: 'ft.configGet', reason: 'the options that are there are given; npm redis takes the pairs for names' },
  { method: 'ft.spellCheck', reason: 'no results are no terms; npm redis gives a term named "results"' },
  { method: 'ft.search', reason: 'a document without a score has none; npm redis gives null for it if doubles are mapped to strings' },
];

const entriesOf = (value: unknown): [unknown, unknown][] | undefined => {
  if (value instanceof Map) return [...value];
  return typeof value === 'object' && value !== null && !Buffer.isBuffer(value) ? Object.entries(value) : undefined;
};

/** True if ours has null wherever the two differ: npm redis makes 0, 'null', an empty list or an object of undefined fields of it. */
function isNullInPlace(ours: unknown, theirs: unknown): boolean {
  if (ours === null || isDeepStrictEqual(ours, theirs)) return true;
  const [own, other] = [entriesOf(ours), entriesOf(theirs)];
  if (own === undefined || other === undefined || own.length !== other.length) return false;
  return own.every(([name, value], index) => other[index]?.[0] === name && isNullInPlace(value, other[index]?.[1]));
}

/** True if the two values may differ. */
export function differsInPart({ method, ours, theirs }: Became): boolean {
  return isNullInPlace(ours, theirs) || OTHERS.some((one) => one.method === method);
}
