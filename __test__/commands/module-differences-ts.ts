/** Where replies of time series differ from npm redis 6.3.1 on purpose. */
import type { ModuleDifference } from './module-differences';
import type { Recording } from './module-recordings';

type Noted = Record<string, unknown>;

/** The methods of several series by the end of their names. */
function methods(...ends: string[]): string[] {
  return ['mRange', 'mRevRange'].flatMap(start => ends.map(end => start + end));
}

function isError(value: unknown): boolean {
  return typeof value === 'object' && value !== null && '$error' in value;
}

/** `[[key, value, raw samples] …]` as the flat list that it is in RESP3. */
function flat(theirs: unknown): unknown {
  return Array.isArray(theirs) ? (theirs as unknown[][]).flatMap(([key, value]) => [key, value]) : theirs;
}

const bytes = (text: unknown): Noted => ({ $buffer: Buffer.from(text as string).toString('base64') });

/** Labels, rules and chunks as they are without a mapping, with numbers as text and status lines as Buffers. */
function infoOfLists(theirs: unknown, recording: Recording): unknown {
  if (isError(theirs)) return theirs;
  const { labels, rules, chunks } = recording.expected(3, 'plain') as Record<'labels' | 'rules' | 'chunks', Noted[]>;
  return {
    ...theirs as Noted,
    labels,
    rules: rules.map(rule => ({ ...rule, timeBucket: String(rule.timeBucket), aggregationType: bytes(rule.aggregationType) })),
    ...chunks && { chunks: chunks.map(chunk => Object.fromEntries(Object.entries(chunk).map(([name, value]) => [name, String(value)]))) },
  };
}

export const TIME_SERIES_DIFFERENCES: readonly ModuleDifference[] = [
  {
    namespace: 'ts', protocols: [2], mappings: ['mappingB'], ours: flat,
    methods: [
      'mGet', 'mGetWithLabels', 'mGetSelectedLabels',
      ...methods('', 'GroupBy', 'MultiAggr', 'SelectedLabels', 'SelectedLabelsGroupBy', 'SelectedLabelsMultiAggr', 'WithLabels',
        'WithLabelsGroupBy', 'WithLabelsMultiAggr'),
    ],
    reason: 'in RESP2 with MAP mapped to Array the list has the raw samples beside the converted ones instead of keys and values',
  },
  {
    namespace: 'ts', methods: ['info', 'infoDebug'], protocols: [3], mappings: ['mappingB'], ours: infoOfLists,
    reason: 'in RESP3 with MAP mapped to Array labels, rules and chunks are cut into letters',
  },
];
