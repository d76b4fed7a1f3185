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

// Reason: the 7.0 server has no tips for these, later servers say all_nodes/all_succeeded: a setting of one node would be useless.
const EVERY_NODE_COMMANDS = ['ACL DELUSER', 'ACL SAVE', 'ACL SETUSER', 'CONFIG RESETSTAT', 'CONFIG REWRITE'] as const;

// Reason: newer than the 7.0 server that the generated table comes from.
const NEWER_READS = [
  'ARCOUNT', 'ARGET', 'ARGETRANGE', 'ARGREP', 'ARINFO', 'ARLASTITEMS', 'ARLEN', 'ARMGET', 'ARNEXT', 'AROP', 'ARSCAN',
  'DIGEST', 'HEXPIRETIME', 'HPEXPIRETIME', 'SDIFFCARD', 'SUNIONCARD',
  'VCARD', 'VDIM', 'VEMB', 'VGETATTR', 'VINFO', 'VLINKS', 'VRANGE', 'VSIM',
] as const;
const NEWER_VOLATILE_READS = ['BLESS GET', 'HPTTL', 'HTTL', 'VRANDMEMBER'] as const;
const NEWER_WRITES = [
  'ARDEL', 'ARDELRANGE', 'ARINSERT', 'ARMSET', 'ARRING', 'ARSEEK', 'ARSET', 'BLESS CLEAR', 'BLESS SET', 'DELEX',
  'HEXPIRE', 'HEXPIREAT', 'HGETDEL', 'HGETEX', 'HIMPORT SET', 'HPERSIST', 'HPEXPIRE', 'HPEXPIREAT', 'HSETEX', 'INCREX', 'LMOVEM',
  'MSETEX', 'VADD', 'VREM', 'VSETATTR', 'XACKDEL', 'XCFGSET', 'XDELEX', 'XNACK',
] as const;

function withBits(name: string, bits: number): MetadataRow {
  const [generated = 0, ...rest] = GENERATED_METADATA[name] ?? [];
  return [generated | bits, ...rest];
}

function build(): Record<string, MetadataRow> {
  const rows: Record<string, MetadataRow> = {
    // Reason: LOG's replica safety must not spread to its RESET form.
    'ACL LOG RESET': [0],
    // Reason: newer than 7.0; waits as BLMOVE does.
    BLMOVEM: [KEYED | BLOCKING],
    // Reason: newer than 7.0; connection and server inspection.
    'CLIENT NO-TOUCH': [REPLICA_SAFE],
    'CLUSTER MYSHARDID': [REPLICA_SAFE],
    'HOTKEYS GET': [REPLICA_SAFE],
    // Reason: newer than 7.0; a cursor per node, like SCAN.
    'BLESS SCAN': [READ | NONDETERMINISTIC, 0, 0, 0, 'special', 'special'],
    // Reason: newer than 7.0; fieldsets are state of every connection.
    'HIMPORT PREPARE': [0, 0, 0, 0, 'all_shards', 'all_succeeded'],
    'HIMPORT DISCARD': [0, 0, 0, 0, 'all_shards', 'agg_max'],
    'HIMPORT DISCARDALL': [0, 0, 0, 0, 'all_shards', 'agg_max'],
    // Reason: a name per connection is set on all of them, though a replica could serve it.
    'CLIENT SETNAME': [REPLICA_SAFE, 0, 0, 0, 'all_nodes', 'all_succeeded'],
    // Reason: resets are counted; the tip would throw the counts away.
    'LATENCY RESET': [0, 0, 0, 0, 'all_nodes', 'agg_sum'],
    // Reason: the tip splits MSETNX by slot, which breaks its all-or-nothing promise.
    MSETNX: [KEYED, 1, -1, 2],
    // Reason: one shard may be empty while others hold keys, so the replies can't be merged by the default rule.
    RANDOMKEY: [READ | NONDETERMINISTIC, 0, 0, 0, 'all_shards', 'special'],
    // Reason: cursors of different shards are merged by the client.
    SCAN: [READ | NONDETERMINISTIC, 0, 0, 0, 'special', 'special'],
    // Reason: flagged readonly, but its purpose is to change the access time, which must happen on the master.
    TOUCH: [KEYED, 1, -1, 1, 'multi_shard', 'agg_sum'],
    // Reason: flagged readonly, though it is a toy: npm redis does not send it to replicas either.
    LOLWUT: [0],
  };
  for (const name of REPLICA_SAFE_COMMANDS) rows[name] = withBits(name, REPLICA_SAFE);
  for (const name of SINGLE_NODE_COMMANDS) rows[name] = [REPLICA_SAFE | NONDETERMINISTIC];
  for (const name of EVERY_NODE_COMMANDS) rows[name] = [0, 0, 0, 0, 'all_nodes', 'all_succeeded'];
  for (const name of NEWER_READS) rows[name] = [READ | KEYED];
  for (const name of NEWER_VOLATILE_READS) rows[name] = [READ | KEYED | NONDETERMINISTIC];
  for (const name of NEWER_WRITES) rows[name] = [KEYED];
  return rows;
}

/** Corrections and additions to the generated table, by wire name. */
export const METADATA_OVERRIDES: Readonly<Record<string, MetadataRow>> = build();
