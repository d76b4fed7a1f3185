// Reply shapes of vector sets. RESP2 sends doubles as text, and elements with scores as a flat list.
import type {
  ArrayReply, BlobStringReply, DoubleReply, MapReply, NumberReply, SimpleStringReply, TuplesToMapReply, TypeMapping,
} from '../wire/resp-types';
import { isMissing, listOf, rowOf } from './containers';
import { asIs, mapOfPairs, mappedDouble, setOwn } from './replies';

/** The components of a vector. */
export const components = {
  2: (reply: BlobStringReply[], _preserve?: unknown, typeMapping?: TypeMapping): DoubleReply[] =>
    listOf(reply, item => mappedDouble(item, typeMapping)),
  3: asIs<ArrayReply<DoubleReply>>(),
};

/** A vector in the server's internal format. */
export type RawVector = {
  quantization: SimpleStringReply;
  raw: BlobStringReply;
  l2Norm: DoubleReply;
  /** Present only with 8-bit quantization. */
  quantizationRange?: DoubleReply;
};

type RawReply<DOUBLE> = [quantization: SimpleStringReply, raw: BlobStringReply, l2Norm: DOUBLE, quantizationRange?: DOUBLE];

function toRawVector<DOUBLE>(reply: RawReply<DOUBLE>, toDouble: (double: DOUBLE) => DoubleReply): RawVector {
  return rowOf(reply, ([quantization, raw, l2Norm, range]) => ({
    quantization, raw, l2Norm: toDouble(l2Norm), ...(range === undefined ? {} : { quantizationRange: toDouble(range) }),
  }));
}

/** Reply of VEMB RAW. */
export const rawVector = {
  2: (reply: RawReply<BlobStringReply>, _preserve?: unknown, typeMapping?: TypeMapping): RawVector =>
    toRawVector(reply, double => mappedDouble(double, typeMapping)),
  3: (reply: RawReply<DoubleReply>): RawVector => toRawVector(reply, double => double),
};

function toScores(flat: readonly BlobStringReply[], typeMapping?: TypeMapping): Record<string, DoubleReply> {
  if (!Array.isArray(flat)) return flat as unknown as Record<string, DoubleReply>;
  const scores: Record<string, unknown> = {};
  for (let i = 0; i < flat.length; i += 2) setOwn(scores, String(flat[i]), mappedDouble(flat[i + 1] as BlobStringReply, typeMapping));
  return scores as Record<string, DoubleReply>;
}

/** `{element: score}` */
export const scores = {
  2: (reply: BlobStringReply[], _preserve?: unknown, typeMapping?: TypeMapping): Record<string, DoubleReply> =>
    toScores(reply, typeMapping),
  3: asIs<MapReply<BlobStringReply, DoubleReply>>(),
};

/** `[{element: score}]`, one object per layer. */
export const layersOfScores = {
  2: (reply: BlobStringReply[][], _preserve?: unknown, typeMapping?: TypeMapping): Record<string, DoubleReply>[] =>
    listOf(reply, layer => toScores(layer, typeMapping)),
  3: asIs<MapReply<BlobStringReply, DoubleReply>[]>(),
};

type Entry<NAME extends string, VALUE> = [SimpleStringReply<NAME>, VALUE];

export type VInfoReply = TuplesToMapReply<[
  Entry<'quant-type', SimpleStringReply>, Entry<'vector-dim', NumberReply>, Entry<'size', NumberReply>, Entry<'max-level', NumberReply>,
  Entry<'vset-uid', NumberReply>, Entry<'hnsw-max-node-uid', NumberReply>,
]>;

/** Reply of VINFO. */
export const vectorInfo = {
  2: ((reply: unknown[]) => mapOfPairs(reply)) as (reply: unknown[]) => VInfoReply,
  3: asIs<VInfoReply>(),
};

/** A JSON value. */
export type Json = null | boolean | number | string | Date | Json[] | { [key: string]: Json };

/** Parses JSON; null if there is none. */
export const json = (reply: BlobStringReply | null): Json => (isMissing(reply) ? reply : (JSON.parse(reply.toString()) as Json));
