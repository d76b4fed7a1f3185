/** Makes one reply of the replies of several nodes, by the response policy of the command. */
import type { ResponsePolicy } from '../../commands/metadata-bits';
import { plainError } from '../../errors';
import { RESP_TYPES, type TypeMapping } from '../../wire/resp-types';

/** @param replies at least one, in the order of the nodes */
export type Aggregate = (replies: readonly unknown[]) => unknown;

/** The largest size of a Set in V8. */
const MOST_DISTINCT = 2 ** 24;

function unexpected(wanted: string): Error {
  return plainError(`The nodes must reply with ${wanted} for their replies to be merged`, 'OXREDIS_UNEXPECTED_REPLY');
}

function numbers(replies: readonly unknown[]): number[] {
  if (!replies.every((reply) => typeof reply === 'number')) throw unexpected('numbers');
  return replies as number[];
}

/** Merges numbers, or arrays of numbers element by element. */
function elementwise(merge: (one: number, other: number) => number): Aggregate {
  return (replies) => {
    if (!Array.isArray(replies[0])) return numbers(replies).reduce(merge);
    const rows = replies as readonly (readonly unknown[])[];
    const length = replies[0].length;
    if (!rows.every((row) => Array.isArray(row) && row.length === length)) throw unexpected('arrays of one length');
    return rows.map(numbers).reduce((one, other) => one.map((value, index) => merge(value, other[index] as number)));
  };
}

/** Merges arrays, Maps or objects. Equal elements of arrays are returned once, as a key may be on two nodes while its slot moves. */
function merged(replies: readonly unknown[]): unknown {
  const [first] = replies;
  if (replies.length === 1) return first;
  if (Array.isArray(first)) {
    const all = (replies as unknown[][]).flat();
    return all.length < MOST_DISTINCT ? [...new Set(all)] : all;
  }
  if (first instanceof Map) return new Map((replies as Map<unknown, unknown>[]).flatMap((map) => [...map]));
  if (typeof first !== 'object' || first === null) throw unexpected('arrays or maps');
  return Object.assign({}, ...replies);
}

/** Returns one of the replies that are not null; null if all are. RANDOMKEY of a node without keys is null. */
function anyNonNull(replies: readonly unknown[]): unknown {
  const found = replies.filter((reply) => reply !== null && reply !== undefined);
  return found.length === 0 ? replies[0] : found[Math.floor(Math.random() * found.length)];
}

const first: Aggregate = ([reply]) => reply;

const AGGREGATES: Readonly<Record<ResponsePolicy, Aggregate>> = {
  one_succeeded: first,
  all_succeeded: first,
  agg_logical_and: elementwise((one, other) => (one !== 0 && other !== 0 ? 1 : 0)),
  agg_logical_or: elementwise((one, other) => (one !== 0 || other !== 0 ? 1 : 0)),
  agg_min: elementwise((one, other) => Math.min(one, other)),
  agg_max: elementwise((one, other) => Math.max(one, other)),
  agg_sum: elementwise((one, other) => one + other),
  special: anyNonNull,
  'default-keyed': merged,
  'default-keyless': merged,
};

/** Returns the function that merges replies. It throws an error if they are not of the kind that the policy is for. */
export function aggregateOf(policy: ResponsePolicy): Aggregate {
  return AGGREGATES[policy];
}

/** Whether the policy computes with numbers, so that the nodes' replies must not be mapped. */
export function isNumeric(policy: ResponsePolicy): boolean {
  return policy.startsWith('agg_');
}

/** Maps the result of a numeric policy as the caller wants numbers. */
export function mapNumbers(result: unknown, typeMapping: TypeMapping | undefined): unknown {
  if (typeMapping?.[RESP_TYPES.NUMBER] !== String) return result;
  return Array.isArray(result) ? result.map(String) : String(result);
}
