/** The reply of FT.INFO. */
import type {
  ArrayReply, BlobStringReply, DoubleReply, MapReply, NullReply, NumberReply, SimpleStringReply, TypeMapping,
} from '../../../wire/resp-types';
import { listOf, rowOf } from '../../containers';
import { asIs, mapOfPairs, mappedDouble, setOwn } from '../../replies';

type Doubles<NAME extends string> = { [FIELD in NAME]: DoubleReply };
type Numbers<NAME extends string> = { [FIELD in NAME]: NumberReply };
type Names = MapReply<SimpleStringReply, SimpleStringReply>;

/** Doubles, which RESP2 sends as text. */
const DOUBLES = [
  'inverted_sz_mb', 'vector_index_sz_mb', 'offset_vectors_sz_mb', 'doc_table_size_mb', 'sortable_values_size_mb', 'key_table_size_mb',
  'tag_overhead_sz_mb', 'text_overhead_sz_mb', 'total_index_memory_sz_mb', 'geoshapes_sz_mb', 'records_per_doc_avg',
  'bytes_per_record_avg', 'offsets_per_term_avg', 'offset_bits_per_record_avg', 'total_indexing_time', 'percent_indexed',
] as const;

/** Information about an index. Memory is in megabytes, times in milliseconds. */
export interface FtInfoReply extends
  Doubles<(typeof DOUBLES)[number]>,
  Numbers<'num_docs' | 'max_doc_id' | 'num_terms' | 'num_records' | 'total_inverted_index_blocks' | 'hash_indexing_failures'
    | 'indexing' | 'number_of_uses' | 'cleaning'> {
  index_name: SimpleStringReply;
  index_options: ArrayReply<SimpleStringReply>;
  index_definition: Names;
  /**
   * The indexed fields. Flags of a field are a list in RESP3; in RESP2 they are paired up as if they were names and
   * values.
   */
  attributes: ArrayReply<Names>;
  gc_stats: Doubles<'bytes_collected' | 'total_ms_run' | 'total_cycles' | 'average_cycle_time_ms' | 'last_run_time_ms'
    | 'gc_numeric_trees_missed' | 'gc_blocks_denied'>;
  cursor_stats: Numbers<'global_idle' | 'global_total' | 'index_capacity' | 'index_total'>;
  dialect_stats?: { [dialect: string]: NumberReply };
  'Index Errors'?: {
    'indexing failures': NumberReply;
    'last indexing error': SimpleStringReply;
    'last indexing error key': BlobStringReply;
    'background indexing status': SimpleStringReply;
  };
  stopwords_list?: ArrayReply<BlobStringReply> | ArrayReply<NullReply>;
}

type ReadField = (value: unknown, typeMapping: TypeMapping | undefined) => unknown;

const asItIs: ReadField = value => value;
const double: ReadField = (value, typeMapping) => mappedDouble(value as BlobStringReply, typeMapping);
const mapOf: ReadField = (value, typeMapping) => mapOfPairs(value as unknown[], typeMapping);
const mapsOf: ReadField = (value, typeMapping) => listOf(value as unknown[][], flat => mapOfPairs(flat, typeMapping));

const objectOf = (read: ReadField): ReadField => (value, typeMapping) => rowOf(value as unknown[], flat => {
  const object: Record<string, unknown> = {};
  for (let i = 0; i < flat.length; i += 2) setOwn(object, String(flat[i]), read(flat[i + 1], typeMapping));
  return object;
});

/** How members are converted in RESP2. Others (statistics of fields) are left out, as in npm `redis`. */
const FIELDS: ReadonlyMap<string, ReadField> = new Map<keyof FtInfoReply, ReadField>([
  ...DOUBLES.map(name => [name, double] as const),
  ...([
    'index_name', 'index_options', 'num_docs', 'max_doc_id', 'num_terms', 'num_records', 'total_inverted_index_blocks',
    'hash_indexing_failures', 'indexing', 'number_of_uses', 'cleaning', 'stopwords_list',
  ] as const).map(name => [name, asItIs] as const),
  ['index_definition', mapOf],
  ['attributes', mapsOf],
  ['gc_stats', objectOf(double)],
  ['cursor_stats', objectOf(asItIs)],
  ['dialect_stats', mapOf],
  ['Index Errors', mapOf],
]);

function readFlat(reply: unknown[], typeMapping: TypeMapping | undefined): FtInfoReply {
  if (!Array.isArray(reply)) return reply;
  const info: Record<string, unknown> = {};
  for (let i = 0; i < reply.length; i += 2) {
    const name = String(reply[i]);
    const read = FIELDS.get(name);
    if (read !== undefined) info[name] = read(reply[i + 1], typeMapping);
  }
  return info as unknown as FtInfoReply;
}

/** Reply of FT.INFO. */
export const info = {
  2: (reply: unknown[], _preserve?: unknown, typeMapping?: TypeMapping): FtInfoReply => readFlat(reply, typeMapping),
  3: asIs<FtInfoReply>(),
};
