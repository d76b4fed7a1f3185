// Replies of TS.INFO. RESP2 sends labels and rules as lists, RESP3 as maps; both become lists of objects.
import type { BlobStringReply, DoubleReply, NullReply, NumberReply, SimpleStringReply, TypeMapping } from '../../../wire/resp-types';
import { isMissing, listOf, pairsOf, rowsOf } from '../../containers';
import { mappedDouble } from '../../replies';
import type { TimeSeriesAggregationType } from './range-args';
import type { TimeSeriesDuplicatePolicies } from './series-args';

/** Information about a time series. */
export interface TsInfoReply {
  totalSamples: NumberReply;
  /** Memory usage in bytes. */
  memoryUsage: NumberReply;
  firstTimestamp: NumberReply;
  lastTimestamp: NumberReply;
  /** How long samples are kept, in milliseconds; 0 means forever. */
  retentionTime: NumberReply;
  chunkCount: NumberReply;
  /** Size of a chunk in bytes. */
  chunkSize: NumberReply;
  chunkType: SimpleStringReply;
  duplicatePolicy: TimeSeriesDuplicatePolicies | NullReply;
  labels: { name: BlobStringReply; value: BlobStringReply }[];
  /** The series that this one is a compaction of. */
  sourceKey: BlobStringReply | NullReply;
  /** The compaction rules of this series. */
  rules: { key: BlobStringReply; timeBucket: NumberReply; aggregationType: TimeSeriesAggregationType }[];
  /** Since RedisTimeSeries 1.12. */
  ignoreMaxTimeDiff: NumberReply;
  /** Since RedisTimeSeries 1.12. */
  ignoreMaxValDiff: DoubleReply;
}

/** Information about a time series and its chunks. */
export interface TsInfoDebugReply extends TsInfoReply {
  keySelfName: BlobStringReply;
  chunks: {
    startTimestamp: NumberReply;
    endTimestamp: NumberReply;
    samples: NumberReply;
    /** Size of the chunk in bytes. */
    size: NumberReply;
    bytesPerSample: SimpleStringReply;
  }[];
}

type Pairs = [name: unknown, value: unknown][];
type Rules = [key: unknown, timeBucket: unknown, aggregationType: unknown, ...unknown[]][];

/** The conversions that differ between the protocols. */
interface Reading {
  labels: (raw: unknown) => Pairs;
  rules: (raw: unknown) => Rules;
  double: (raw: unknown, typeMapping: TypeMapping | undefined) => unknown;
  bytesPerSample: (raw: unknown) => unknown;
}

const READING: Record<2 | 3, Reading> = {
  2: {
    labels: raw => raw as Pairs,
    rules: raw => raw as Rules,
    double: (raw, typeMapping) => mappedDouble(raw as BlobStringReply, typeMapping),
    bytesPerSample: raw => raw,
  },
  3: {
    labels: pairsOf,
    rules: raw => pairsOf(raw).map(([key, rule]) => (Array.isArray(rule) ? [key, ...rule as [unknown, unknown]] : [key, rule, rule])),
    double: raw => raw,
    // Text in RESP2, and stays text.
    bytesPerSample: raw => (isMissing(raw) ? raw : String(raw)),
  },
};

function toChunk(raw: unknown, reading: Reading): unknown {
  if (isMissing(raw)) return raw;
  const chunk = Object.fromEntries(pairsOf(raw));
  return { ...chunk, bytesPerSample: reading.bytesPerSample(chunk.bytesPerSample) };
}

/** Converts one member of the reply; members without a conversion stay as they are. */
function toRow(name: string, value: unknown, reading: Reading, typeMapping: TypeMapping | undefined): [string, unknown] {
  switch (name) {
    case 'labels':
      return [name, isMissing(value) ? value : rowsOf(reading.labels(value), ([label, text]) => ({ name: label, value: text }))];
    case 'rules':
      return [name, isMissing(value) ? value : rowsOf(reading.rules(value), ([key, timeBucket, aggregationType]) => ({ key, timeBucket, aggregationType }))];
    case 'ignoreMaxValDiff':
      return [name, reading.double(value, typeMapping)];
    case 'Chunks':
      return ['chunks', listOf(value as unknown[], chunk => toChunk(chunk, reading))];
    default:
      return [name, value];
  }
}

function infoOf<REPLY>(protocol: 2 | 3): (reply: unknown, preserve?: unknown, typeMapping?: TypeMapping) => REPLY {
  return (reply, _preserve, typeMapping) => (isMissing(reply) ? reply : Object.fromEntries(
    pairsOf(reply).map(([name, value]) => toRow(name, value, READING[protocol], typeMapping)),
  )) as REPLY;
}

/** Reply of TS.INFO. */
export const info = { 2: infoOf<TsInfoReply>(2), 3: infoOf<TsInfoReply>(3) };
/** Reply of TS.INFO DEBUG. */
export const infoDebug = { 2: infoOf<TsInfoDebugReply>(2), 3: infoOf<TsInfoDebugReply>(3) };
