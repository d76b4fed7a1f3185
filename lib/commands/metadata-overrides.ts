import { GENERATED_METADATA } from './metadata.generated';
import { BLOCKING, KEYED, NONDETERMINISTIC, READ, REPLICA_SAFE } from './metadata-bits';
import type { MetadataRow } from './metadata';

// Reason: the server flags `readonly` only what reads keys. These neither read nor write keys (they inspect the server or act on
// the connection or on channels), so a replica can serve them.
const REPLICA_SAFE_COMMANDS = [
  'ACL CAT', 'ACL DRYRUN', 'ACL GENPASS', 'ACL GETUSER', 'ACL LIST', 'ACL LOG', 'ACL USERS', 'ACL WHOAMI', 'ASKING', 'AUTH',
  'CLIENT CACHING', 'CLIENT GETNAME', 'CLIENT GETREDIR', 'CLIENT ID', 'CLIENT INFO', 'CLIENT LIST', 'CLIENT NO-EVICT',
  'CLIENT TRACKING', 'CLIENT TRACKINGINFO',
  'CLUSTER COUNT-FAILURE-REPORTS', 'CLUSTER COUNTKEYSINSLOT', 'CLUSTER GETKEYSINSLOT', 'CLUSTER INFO', 'CLUSTER KEYSLOT',
  'CLUSTER LINKS', 'CLUSTER MYID', 'CLUSTER NODES', 'CLUSTER REPLICAS', 'CLUSTER SLOTS',
  'COMMAND', 'COMMAND COUNT', 'COMMAND DOCS', 'COMMAND GETKEYS', 'COMMAND GETKEYSANDFLAGS', 'COMMAND INFO', 'COMMAND LIST',
  'CONFIG GET', 'ECHO', 'FUNCTION DUMP', 'FUNCTION LIST', 'LASTSAVE', 'MODULE LIST', 'PING', 'PUBLISH',
  'PUBSUB CHANNELS', 'PUBSUB NUMPAT', 'PUBSUB NUMSUB', 'PUBSUB SHARDCHANNELS', 'PUBSUB SHARDNUMSUB',
  'READONLY', 'ROLE', 'SCRIPT DEBUG', 'SCRIPT EXISTS', 'SPUBLISH', 'TIME',
] as const;

// Reason: replica-safe as above, and the tips ask for a fan-out whose merge the server calls `special`, that is undefined.
// A user who asks one client wants one node's answer.
const SINGLE_NODE_COMMANDS = [
  'FUNCTION STATS', 'INFO', 'LATENCY DOCTOR', 'LATENCY GRAPH', 'LATENCY HISTOGRAM', 'LATENCY HISTORY', 'LATENCY LATEST',
  'MEMORY DOCTOR', 'MEMORY MALLOC-STATS', 'MEMORY STATS',
] as const;

// Reason: newer than the servers of the generated table. Their first key is their first argument.
const NEWER_READS = [
  'ARCOUNT', 'ARGET', 'ARGETRANGE', 'ARGREP', 'ARINFO', 'ARLASTITEMS', 'ARLEN', 'ARMGET', 'ARNEXT', 'AROP', 'ARSCAN', 'DIGEST', 'VRANGE',
] as const;
const NEWER_WRITES = [
  'ARDEL', 'ARDELRANGE', 'ARINSERT', 'ARMSET', 'ARRING', 'ARSEEK', 'ARSET', 'DELEX', 'INCREX', 'XACKDEL', 'XCFGSET', 'XDELEX', 'XNACK',
] as const;
// Reason: the same, behind a subcommand.
const NEWER_SUBCOMMAND_WRITES = ['BLESS CLEAR', 'BLESS SET', 'HIMPORT SET'] as const;
// Reason: the same, and their keys follow their number.
const NEWER_COUNTED_READS = ['SDIFFCARD', 'SUNIONCARD'] as const;

function withBits(name: string, bits: number): MetadataRow {
  const [generated = 0, ...rest] = GENERATED_METADATA[name] ?? [];
  return [generated | bits, ...rest];
}

function build(): Record<string, MetadataRow> {
  const rows: Record<string, MetadataRow> = {
    // Reason: LOG's replica safety must not spread to its RESET form.
    'ACL LOG RESET': [0],
    // Reason: newer; two keys, and the first of them waits as BLMOVE does.
    BLMOVEM: [KEYED | BLOCKING, 1, 2, 1],
    LMOVEM: [KEYED, 1, 2, 1],
    // Reason: inspection of the connection and of the server, as above, without the flags that the server has for it.
    'CLIENT NO-TOUCH': [REPLICA_SAFE],
    'CLUSTER MYSHARDID': [REPLICA_SAFE],
    'HOTKEYS GET': [REPLICA_SAFE],
    // Reason: newer; expressions are read of a key behind a subcommand, or by a cursor per node, like SCAN.
    'BLESS GET': [READ | KEYED | NONDETERMINISTIC, 2, 2, 1],
    'BLESS SCAN': [READ | NONDETERMINISTIC, 0, 0, 0, 'special', 'special'],
    // Reason: newer; fieldsets are state of every connection.
    'HIMPORT PREPARE': [0, 0, 0, 0, 'all_shards', 'all_succeeded'],
    'HIMPORT DISCARD': [0, 0, 0, 0, 'all_shards', 'agg_max'],
    'HIMPORT DISCARDALL': [0, 0, 0, 0, 'all_shards', 'agg_max'],
    // Reason: a name per connection is set on all of them, though a replica could serve it.
    'CLIENT SETNAME': [REPLICA_SAFE, 0, 0, 0, 'all_nodes', 'all_succeeded'],
    // Reason: the tip of Valkey splits it by slot, which breaks its all-or-nothing promise.
    MSETEX: [KEYED],
    // Reason: flagged readonly, but its purpose is to change the access time, which must happen on the master.
    TOUCH: [KEYED, 1, -1, 1, 'multi_shard', 'agg_sum'],
    // Reason: random, which the server does not say.
    VRANDMEMBER: [READ | KEYED | NONDETERMINISTIC, 1, 1, 1],
    // Reason: flagged readonly, though it is a toy: npm redis does not send it to replicas either.
    LOLWUT: [0],
  };
  for (const name of REPLICA_SAFE_COMMANDS) rows[name] = withBits(name, REPLICA_SAFE);
  for (const name of SINGLE_NODE_COMMANDS) rows[name] = [REPLICA_SAFE | NONDETERMINISTIC];
  for (const name of NEWER_READS) rows[name] = [READ | KEYED, 1, 1, 1];
  for (const name of NEWER_WRITES) rows[name] = [KEYED, 1, 1, 1];
  for (const name of NEWER_SUBCOMMAND_WRITES) rows[name] = [KEYED, 2, 2, 1];
  for (const name of NEWER_COUNTED_READS) rows[name] = [READ | KEYED];
  return rows;
}

/** Corrections and additions to the generated table, by wire name. */
export const METADATA_OVERRIDES: Readonly<Record<string, MetadataRow>> = build();
