/** The schema of an index: the arguments of FT.CREATE and FT.ALTER that describe fields. */
import type { CommandParser, RedisArgument } from '../../../wire/command-parser';
import { pushOption } from '../../args';

/** The types of fields. */
export const SCHEMA_FIELD_TYPE = {
  TEXT: 'TEXT', NUMERIC: 'NUMERIC', GEO: 'GEO', TAG: 'TAG', VECTOR: 'VECTOR', GEOSHAPE: 'GEOSHAPE',
} as const;
/** One of {@link SCHEMA_FIELD_TYPE}. */
export type SchemaFieldType = (typeof SCHEMA_FIELD_TYPE)[keyof typeof SCHEMA_FIELD_TYPE];

/** Phonetic matching in English, French, Portuguese and Spanish. */
export const SCHEMA_TEXT_FIELD_PHONETIC = { DM_EN: 'dm:en', DM_FR: 'dm:fr', DM_PT: 'dm:pt', DM_ES: 'dm:es' } as const;
/** One of {@link SCHEMA_TEXT_FIELD_PHONETIC}. */
export type SchemaTextFieldPhonetic = (typeof SCHEMA_TEXT_FIELD_PHONETIC)[keyof typeof SCHEMA_TEXT_FIELD_PHONETIC];

/** Vector index algorithms: exact (`FLAT`), graph (`HNSW`), or graph of compressed vectors (`SVS-VAMANA`). */
export const SCHEMA_VECTOR_FIELD_ALGORITHM = { FLAT: 'FLAT', HNSW: 'HNSW', VAMANA: 'SVS-VAMANA' } as const;
/** One of {@link SCHEMA_VECTOR_FIELD_ALGORITHM}. */
export type SchemaVectorFieldAlgorithm = (typeof SCHEMA_VECTOR_FIELD_ALGORITHM)[keyof typeof SCHEMA_VECTOR_FIELD_ALGORITHM];

interface SchemaField<TYPE extends SchemaFieldType> {
  type: TYPE;
  /** Name of the field in queries. */
  AS?: RedisArgument;
  /** Index documents without the field, so that `ismissing(@field)` finds them. */
  INDEXMISSING?: boolean;
}

interface SortableField<TYPE extends SchemaFieldType> extends SchemaField<TYPE> {
  /** Store values for sorting; `'UNF'` stores them unchanged, otherwise in lower case and without accents. */
  SORTABLE?: boolean | 'UNF';
  /** Do not index the field for searches; with `SORTABLE` it can still be used for sorting. */
  NOINDEX?: boolean;
}

export interface SchemaTextField extends SortableField<'TEXT'> {
  /** Index words as they are, without stemming. */
  NOSTEM?: boolean;
  /** Weight of the field in scores. Default: 1. */
  WEIGHT?: number;
  PHONETIC?: SchemaTextFieldPhonetic;
  /** Speed up searches for suffixes and for parts of words. */
  WITHSUFFIXTRIE?: boolean;
  /** Index empty text, so that it can be found. */
  INDEXEMPTY?: boolean;
}

export interface SchemaNumericField extends SortableField<'NUMERIC'> {}

export interface SchemaGeoField extends SortableField<'GEO'> {}

export interface SchemaTagField extends SortableField<'TAG'> {
  /** Separator between tags. Default: `,`. */
  SEPARATOR?: RedisArgument;
  CASESENSITIVE?: boolean;
  /** Speed up searches for suffixes and for parts of tags. */
  WITHSUFFIXTRIE?: boolean;
  /** Index empty tags, so that they can be found. */
  INDEXEMPTY?: boolean;
}

export interface SchemaGeoShapeField extends SchemaField<'GEOSHAPE'> {
  /** Default: `SPHERICAL` (longitude and latitude). */
  COORD_SYSTEM?: 'SPHERICAL' | 'FLAT';
}

interface VectorField<ALGORITHM extends SchemaVectorFieldAlgorithm, TYPE extends string> extends SchemaField<'VECTOR'> {
  ALGORITHM: ALGORITHM;
  TYPE: TYPE;
  /** Number of dimensions. */
  DIM: number;
  /** Euclidean distance, inner product or cosine distance. */
  DISTANCE_METRIC: 'L2' | 'IP' | 'COSINE';
  /** Number of vectors to allocate memory for at the start. */
  INITIAL_CAP?: number;
}

type VectorType = 'FLOAT32' | 'FLOAT64' | 'BFLOAT16' | 'FLOAT16' | 'INT8' | 'UINT8';

export interface SchemaFlatVectorField extends VectorField<'FLAT', VectorType> {
  /** Number of vectors per memory block. */
  BLOCK_SIZE?: number;
}

export interface SchemaHNSWVectorField extends VectorField<'HNSW', VectorType> {
  /** Maximum number of edges per node of the graph. */
  M?: number;
  /** Number of neighbours examined while the graph is built. */
  EF_CONSTRUCTION?: number;
  /** Number of neighbours examined in a search. */
  EF_RUNTIME?: number;
  /** For indexes on disk: compare candidates again by their full vectors. */
  RERANK?: boolean;
}

export interface SchemaVAMANAVectorField extends VectorField<'SVS-VAMANA', 'FLOAT16' | 'FLOAT32'> {
  COMPRESSION?: 'LVQ4' | 'LVQ8' | 'LVQ4x4' | 'LVQ4x8' | 'LeanVec4x8' | 'LeanVec8x8';
  /** Number of neighbours examined while the graph is built. */
  CONSTRUCTION_WINDOW_SIZE?: number;
  /** Maximum number of edges per node of the graph. */
  GRAPH_MAX_DEGREE?: number;
  /** Number of neighbours examined in a search. */
  SEARCH_WINDOW_SIZE?: number;
  EPSILON?: number;
  /** Number of vectors after which the compression is trained. */
  TRAINING_THRESHOLD?: number;
  /** Number of dimensions that LeanVec compression keeps. */
  REDUCE?: number;
}

export type SchemaVectorField = SchemaFlatVectorField | SchemaHNSWVectorField | SchemaVAMANAVectorField;

type DescribedField =
  | SchemaTextField | SchemaNumericField | SchemaGeoField | SchemaTagField | SchemaGeoShapeField | SchemaVectorField;

/** A field with its options, or only its type. */
export type SchemaFieldDefinition = DescribedField | SchemaFieldType;

/** Fields by name (hashes) or JSON path. A list indexes the same field in several ways. */
export interface RediSearchSchema {
  [field: string]: SchemaFieldDefinition | SchemaFieldDefinition[];
}

/** Attributes of vector fields by algorithm, in npm `redis`' order. */
const VECTOR_ATTRIBUTES: Readonly<Record<SchemaVectorFieldAlgorithm, readonly string[]>> = {
  FLAT: ['BLOCK_SIZE'],
  HNSW: ['M', 'EF_CONSTRUCTION', 'EF_RUNTIME', 'RERANK'],
  'SVS-VAMANA': [
    'COMPRESSION', 'CONSTRUCTION_WINDOW_SIZE', 'GRAPH_MAX_DEGREE', 'SEARCH_WINDOW_SIZE', 'EPSILON', 'TRAINING_THRESHOLD', 'REDUCE',
  ],
};

/** Pushes the names of those flags that the field sets. */
function pushFlags<FIELD>(c: CommandParser, field: FIELD, names: readonly (keyof FIELD & string)[]): void {
  for (const name of names) if (field[name]) c.push(name);
}

function pushSortable(c: CommandParser, field: SortableField<SchemaFieldType>): void {
  if (field.SORTABLE) {
    c.push('SORTABLE');
    if (field.SORTABLE === 'UNF') c.push('UNF');
  }
  pushFlags(c, field, ['NOINDEX']);
}

function attributeText(name: string, value: unknown): string {
  if (name === 'COMPRESSION') return value as string;
  if (name === 'RERANK') return value ? 'TRUE' : 'FALSE';
  return (value as number).toString();
}

/** Pushes `algorithm n attribute value …`. */
function pushVector(c: CommandParser, field: SchemaVectorField): void {
  const attributes: string[] = ['TYPE', field.TYPE, 'DIM', field.DIM.toString(), 'DISTANCE_METRIC', field.DISTANCE_METRIC];
  for (const name of ['INITIAL_CAP', ...(VECTOR_ATTRIBUTES[field.ALGORITHM] ?? [])]) {
    const value = (field as unknown as Record<string, unknown>)[name];
    if (name === 'COMPRESSION' ? value : value !== undefined) attributes.push(name, attributeText(name, value));
  }
  c.push(field.ALGORITHM);
  c.pushVariadicWithLength(attributes);
  pushFlags(c, field, ['INDEXMISSING']);
}

function pushText(c: CommandParser, field: SchemaTextField): void {
  pushFlags(c, field, ['INDEXMISSING', 'NOSTEM']);
  pushOption(c, 'WEIGHT', field.WEIGHT);
  if (field.PHONETIC) c.push('PHONETIC', field.PHONETIC);
  pushFlags(c, field, ['WITHSUFFIXTRIE', 'INDEXEMPTY']);
  pushSortable(c, field);
}

function pushTag(c: CommandParser, field: SchemaTagField): void {
  pushFlags(c, field, ['INDEXMISSING']);
  if (field.SEPARATOR) c.push('SEPARATOR', field.SEPARATOR);
  pushFlags(c, field, ['CASESENSITIVE', 'WITHSUFFIXTRIE', 'INDEXEMPTY']);
  pushSortable(c, field);
}

function pushField(c: CommandParser, name: string, field: SchemaFieldDefinition): void {
  c.push(name);
  if (typeof field === 'string') return c.push(field);
  if (field.AS) c.push('AS', field.AS);
  c.push(field.type);
  switch (field.type) {
    case 'TEXT':
      return pushText(c, field);
    case 'NUMERIC':
    case 'GEO':
      pushFlags(c, field, ['INDEXMISSING']);
      return pushSortable(c, field);
    case 'TAG':
      return pushTag(c, field);
    case 'VECTOR':
      return pushVector(c, field);
    case 'GEOSHAPE':
      // The word COORD_SYSTEM is left out, because the server would take it for the next field.
      if (field.COORD_SYSTEM !== undefined) c.push(field.COORD_SYSTEM);
      return pushFlags(c, field, ['INDEXMISSING']);
  }
}

/** Pushes `field [AS name] type option … field …`. */
export function pushSchema(c: CommandParser, schema: RediSearchSchema): void {
  for (const [name, field] of Object.entries(schema)) {
    for (const one of Array.isArray(field) ? field : [field]) pushField(c, name, one);
  }
}
