/** Runs the transforms of both libraries on replies, as a decoder hands them out under a type mapping. */
import type { TransformReply } from '../../lib/wire/command';
import { RESP_TYPES, type TypeMapping } from '../../lib/wire/resp-types';
import type { MappingName } from '../oracle/accepted-differences';
import type { RespValue } from '../support/resp';

/** What a comparison needs of a command. */
export interface OracleCommand {
  transformReply?: TransformReply | Record<2 | 3, TransformReply>;
}
// eslint-disable-next-line @typescript-eslint/no-require-imports -- a deep import of a package without types for it
export const oracle = require('@redis/client/dist/lib/commands').default as Record<string, OracleCommand>;

export const MAPPINGS: Partial<Record<MappingName, TypeMapping>> = {
  'no mapping': {},
  'maps as Map': { [RESP_TYPES.MAP]: Map },
  'maps as Array': { [RESP_TYPES.MAP]: Array },
  'blobs as Buffer': { [RESP_TYPES.BLOB_STRING]: Buffer },
  'doubles as String': { [RESP_TYPES.DOUBLE]: String },
};

/** What a decoder hands to a transform under a mapping. The codec of the tests gives maps as Map and blobs as strings. */
export function decoded(value: RespValue, mapping: TypeMapping): unknown {
  if (typeof value === 'string') return mapping[RESP_TYPES.BLOB_STRING] === Buffer ? Buffer.from(value) : value;
  if (typeof value === 'number' && !Number.isInteger(value)) return mapping[RESP_TYPES.DOUBLE] === String ? String(value) : value;
  if (Array.isArray(value)) return value.map(item => decoded(item, mapping));
  if (!(value instanceof Map)) return value;
  const entries = [...value].map(([key, item]) => [String(key), decoded(item, mapping)] as const);
  if (mapping[RESP_TYPES.MAP] === Map) return new Map(entries);
  return mapping[RESP_TYPES.MAP] === Array ? entries.flat() : Object.fromEntries(entries);
}

/** A field that is undefined is as good as none. */
export function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutUndefined);
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined).map(([k, v]) => [k, withoutUndefined(v)]));
}

/** What a command does to its replies in a protocol. */
export function transformOf(command: OracleCommand | undefined, resp: 2 | 3): TransformReply | undefined {
  const transform = command?.transformReply;
  return typeof transform === 'object' ? transform[resp] : transform;
}

/** What a transform gives, or the class of its error. */
export type Outcome = { value: unknown } | { error: string };

/** What a transform makes of a reply. */
export function transformed(transform: TransformReply | undefined, reply: unknown, preserve: unknown, mapping: TypeMapping): Outcome {
  try {
    return { value: transform === undefined ? reply : transform(reply as never, preserve, mapping) };
  } catch (error) {
    return { error: (error as Error).name };
  }
}
