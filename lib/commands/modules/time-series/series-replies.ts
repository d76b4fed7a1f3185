// Replies with one entry per series or group. RESP2 sends lists of [key, labels, samples]. RESP3 sends a map whose
// values are [labels, …, samples]; in between are the aggregations of a series, or the reducers and the sources of a
// group.
import type { ArrayReply, BlobStringReply, DoubleReply, MapReply, NullReply, TypeMapping } from '../../../wire/resp-types';
import { fieldOf, isMissing, mapValues, rowOf } from '../../containers';
import { mapOfPairs } from '../../replies';
import { multiSamples, sample, samples, type Sample } from './sample-replies';

/** The parts of an entry: labels first, samples last. */
type Parts = unknown[];
type Labels<VALUE> = MapReply<BlobStringReply, VALUE>;
type SelectedLabel = BlobStringReply | NullReply;
type RawLabels = [name: BlobStringReply, value: BlobStringReply | null][];

/** A conversion for each protocol. */
interface Shape<VALUE2, VALUE3> {
  2: (raw: never) => VALUE2;
  3: (raw: never) => VALUE3;
}

/** Builds a series from its parts, for each protocol. */
interface Reader<VALUE2, VALUE3> {
  2: (parts: Parts, typeMapping?: TypeMapping) => VALUE2;
  3: (parts: Parts) => VALUE3;
}

/** Builds `{key: value}`, in the container that the type mapping asks for. */
function byKey<VALUE2, VALUE3>(read: Reader<VALUE2, VALUE3>): {
  2: (reply: Parts[], preserve?: unknown, typeMapping?: TypeMapping) => MapReply<BlobStringReply, VALUE2>;
  3: (reply: unknown) => MapReply<BlobStringReply, VALUE3>;
} {
  return {
    2: (reply, _preserve, typeMapping) => mapOfPairs(rowOf(reply, series => series.flatMap(
      // If a series is null, its key is not known either.
      one => (isMissing(one) ? [] : [one[0], read[2](one.slice(1), typeMapping)]),
    )), typeMapping) as MapReply<BlobStringReply, VALUE2>,
    3: reply => mapValues(reply, parts => rowOf(parts as Parts, present => read[3](present))) as MapReply<BlobStringReply, VALUE3>,
  };
}

const last = (parts: Parts): never => parts[parts.length - 1] as never;

const presentLabels = (labels: RawLabels): RawLabels => labels.filter(label => !isMissing(label));

/** Converts the labels of RESP2, which are pairs, to a map. */
function toLabels<VALUE>(pairs: unknown, typeMapping: TypeMapping | undefined): Labels<VALUE> {
  return mapOfPairs(rowOf(pairs as RawLabels, labels => presentLabels(labels).flat()), typeMapping) as Labels<VALUE>;
}

/** Builds `{key: samples}`. */
function bare<VALUE2, VALUE3>(of: Shape<VALUE2, VALUE3>) {
  return byKey({ 2: parts => of[2](last(parts)), 3: parts => of[3](last(parts)) });
}

/**
 * Builds `{key: {labels, samples}}`. In RESP2 the labels are always an object, whatever the type mapping says about
 * maps.
 */
function withLabels<VALUE2, VALUE3>(of: Shape<VALUE2, VALUE3>) {
  return byKey({
    2: parts => ({ labels: toLabels(parts[0], undefined) as unknown as Record<string, BlobStringReply>, samples: of[2](last(parts)) }),
    3: parts => ({ labels: parts[0] as Labels<BlobStringReply>, samples: of[3](last(parts)) }),
  });
}

/** Builds `{key: {labels, samples}}`; a label that a series does not have is null. */
function withSelectedLabels<VALUE2, VALUE3>(of: Shape<VALUE2, VALUE3>) {
  return byKey({
    2: (parts, typeMapping) => ({ labels: toLabels<SelectedLabel>(parts[0], typeMapping), samples: of[2](last(parts)) }),
    3: parts => ({ labels: parts[0] as Labels<SelectedLabel>, samples: of[3](last(parts)) }),
  });
}

/** Builds `{key: {labels, sample}}`. */
function lastSample<LABEL>() {
  return byKey<{ labels: Labels<LABEL>; sample: Sample<number> }, { labels: Labels<LABEL>; sample: Sample<DoubleReply> }>({
    2: (parts, typeMapping) => ({ labels: toLabels<LABEL>(parts[0], typeMapping), sample: sample[2](last(parts)) }),
    3: parts => ({ labels: parts[0] as Labels<LABEL>, sample: sample[3](last(parts)) }),
  });
}

/** Reply of TS.MRANGE. */
export const range = bare(samples);
export const rangeWithLabels = withLabels(samples);
export const rangeSelectedLabels = withSelectedLabels(samples);
/** Reply of TS.MRANGE with several aggregations. */
export const multiAggr = bare(multiSamples);
export const multiAggrWithLabels = withLabels(multiSamples);
export const multiAggrSelectedLabels = withSelectedLabels(multiSamples);

/** Reply of TS.MGET. */
export const get = byKey<{ sample: Sample<number> }, { sample: Sample<DoubleReply> }>({
  2: parts => ({ sample: sample[2](last(parts)) }),
  3: parts => ({ sample: sample[3](last(parts)) }),
});
export const getWithLabels = lastSample<BlobStringReply>();
export const getSelectedLabels = lastSample<SelectedLabel>();

/** Reply of TS.MRANGE GROUPBY: `{group: {samples}}`. */
export const groups = byKey<{ samples: Sample<number>[] }, { samples: Sample<DoubleReply>[] }>({
  2: parts => ({ samples: samples[2](last(parts)) }),
  3: parts => ({ samples: samples[3](last(parts)) }),
});

const REDUCER = '__reducer__';
const SOURCE = '__source__';

/** Returns the keys of a group, which RESP2 sends as one label: `a,b`. */
function sourcesOf(labels: RawLabels): string[] | Buffer[] {
  const joined: unknown = presentLabels(labels).find(([name]) => String(name) === SOURCE)?.[1];
  if (isMissing(joined)) return [];
  // Split as latin1, which keeps every byte, because keys need not be valid UTF-8.
  if (Buffer.isBuffer(joined)) return joined.toString('latin1').split(',').map(key => Buffer.from(key, 'latin1'));
  return String(joined).split(',');
}

function isLabel(label: RawLabels[number]): boolean {
  if (isMissing(label)) return false;
  const text = String(label[0]);
  return text !== REDUCER && text !== SOURCE;
}

/**
 * Reply of TS.MRANGE WITHLABELS GROUPBY: `{group: {labels, sources, samples}}`; `sources` are the keys of the group.
 */
export const groupsWithSources = byKey<
  { labels: Labels<BlobStringReply>; sources: string[] | Buffer[]; samples: Sample<number>[] },
  { labels: Labels<BlobStringReply>; sources: ArrayReply<BlobStringReply>; samples: Sample<DoubleReply>[] }
>({
  2: (parts, typeMapping) => {
    const labels = isMissing(parts[0]) ? [] : parts[0] as RawLabels;
    return {
      labels: toLabels(rowOf(parts[0] as RawLabels, all => all.filter(isLabel)), typeMapping), sources: sourcesOf(labels), samples: samples[2](last(parts)),
    };
  },
  3: parts => ({
    labels: parts[0] as Labels<BlobStringReply>,
    sources: fieldOf(parts[2], 'sources') as ArrayReply<BlobStringReply>,
    samples: samples[3](last(parts)),
  }),
});
