import { KEYED, NONDETERMINISTIC, OPENS_CURSOR, READ, REPLICA_SAFE, type MetadataRow } from './metadata-bits';

// Reason for the whole file: these commands belong to modules, which are not loaded in the server that the generated
// table comes from.

const KEYED_WRITES = [
  'BF.ADD', 'BF.INSERT', 'BF.LOADCHUNK', 'BF.MADD', 'BF.RESERVE',
  'CF.ADD', 'CF.ADDNX', 'CF.DEL', 'CF.INSERT', 'CF.INSERTNX', 'CF.LOADCHUNK', 'CF.RESERVE',
  'CMS.INCRBY', 'CMS.INITBYDIM', 'CMS.INITBYPROB', 'CMS.MERGE',
  'TDIGEST.ADD', 'TDIGEST.CREATE', 'TDIGEST.MERGE', 'TDIGEST.RESET',
  'TOPK.ADD', 'TOPK.INCRBY', 'TOPK.RESERVE',
  'JSON.ARRAPPEND', 'JSON.ARRINSERT', 'JSON.ARRPOP', 'JSON.ARRTRIM', 'JSON.CLEAR', 'JSON.DEL', 'JSON.FORGET', 'JSON.MERGE',
  'JSON.NUMINCRBY', 'JSON.NUMMULTBY', 'JSON.SET', 'JSON.STRAPPEND', 'JSON.TOGGLE',
  'FT.SUGADD', 'FT.SUGDEL',
  'TS.ADD', 'TS.ALTER', 'TS.CREATE', 'TS.DECRBY', 'TS.DEL', 'TS.INCRBY',
] as const;

const CACHEABLE_READS = [
  'BF.CARD', 'BF.EXISTS', 'BF.MEXISTS', 'CF.COUNT', 'CF.EXISTS', 'CF.MEXISTS', 'CMS.QUERY',
  'TDIGEST.BYRANK', 'TDIGEST.BYREVRANK', 'TDIGEST.CDF', 'TDIGEST.MAX', 'TDIGEST.MIN', 'TDIGEST.QUANTILE', 'TDIGEST.RANK',
  'TDIGEST.REVRANK', 'TDIGEST.TRIMMED_MEAN', 'TOPK.COUNT', 'TOPK.INFO', 'TOPK.LIST', 'TOPK.QUERY',
  'JSON.ARRINDEX', 'JSON.ARRLEN', 'JSON.GET', 'JSON.OBJKEYS', 'JSON.OBJLEN', 'JSON.STRLEN', 'JSON.TYPE',
  'FT.SUGGET', 'FT.SUGLEN', 'TS.GET', 'TS.RANGE', 'TS.REVRANGE',
] as const;

// Replies with sizes and cursors: they change without a write to the key, so the server sends no invalidation to a
// cache.
const VOLATILE_READS = ['BF.INFO', 'BF.SCANDUMP', 'CF.INFO', 'CF.SCANDUMP', 'CMS.INFO', 'TDIGEST.INFO', 'TS.INFO', 'TS.READ'] as const;

// Index names and label filters are not keys.
const KEYLESS_READS = [
  'FT.ALIASLIST', 'FT.CONFIG GET', 'FT.CONFIG SET', 'FT.DICTDUMP', 'FT.EXPLAIN', 'FT.EXPLAINCLI', 'FT.HYBRID', 'FT.INFO',
  'FT.PROFILE', 'FT.SEARCH', 'FT.SPELLCHECK', 'FT.SYNDUMP', 'FT.TAGVALS', 'FT._LIST',
  'TS.MGET', 'TS.MRANGE', 'TS.MREVRANGE', 'TS.QUERYINDEX', 'TS.QUERYLABELS',
] as const;

function build(): Record<string, MetadataRow> {
  const rows: Record<string, MetadataRow> = {
    'JSON.DEBUG MEMORY': [READ | KEYED | NONDETERMINISTIC, 2, 2, 1],
    'JSON.MGET': [READ | KEYED, 1, -2, 1],
    'JSON.MSET': [KEYED, 1, -1, 3],
    'TS.MADD': [KEYED, 1, -1, 3],
    'TS.CREATERULE': [KEYED, 1, 2, 1],
    'TS.DELETERULE': [KEYED, 1, 2, 1],
    // The number of keys precedes the keys.
    'TS.NRANGE': [READ | KEYED],
    'TS.NREVRANGE': [READ | KEYED],
    'FT.AGGREGATE': [OPENS_CURSOR],
    // A cursor exists only on the node that created it.
    'FT.CURSOR READ': [0, 0, 0, 0, 'special', 'default-keyless'],
    'FT.CURSOR DEL': [0, 0, 0, 0, 'special', 'default-keyless'],
  };
  for (const name of KEYED_WRITES) rows[name] = [KEYED, 1, 1, 1];
  for (const name of CACHEABLE_READS) rows[name] = [READ | KEYED, 1, 1, 1];
  for (const name of VOLATILE_READS) rows[name] = [READ | KEYED | NONDETERMINISTIC, 1, 1, 1];
  for (const name of KEYLESS_READS) rows[name] = [REPLICA_SAFE];
  return rows;
}

/** Commands of modules, by wire name. */
export const MODULE_METADATA: Readonly<Record<string, MetadataRow>> = build();
