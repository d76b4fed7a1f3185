import { GENERATED_METADATA } from './metadata.generated';
import { BLOCKING, KEYED, NONDETERMINISTIC, READ, REPLICA_SAFE, type MetadataRow } from './metadata-bits';

// Reason: the server flags only reads of keys as `readonly`. These commands neither read nor write keys (they inspect
// the server, or act on the connection or on channels), so a replica can serve them.
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

// Reason: can run on replicas as above. Their tips ask to send them to all nodes and to merge the replies in a way that
// the server calls `special`, which is undefined. A user who calls them on one client wants the answer of one node.
const SINGLE_NODE_COMMANDS = [
  'FUNCTION STATS', 'INFO', 'LATENCY DOCTOR', 'LATENCY GRAPH', 'LATENCY HISTOGRAM', 'LATENCY HISTORY', 'LATENCY LATEST',
  'MEMORY DOCTOR', 'MEMORY MALLOC-STATS', 'MEMORY STATS',
] as const;

// Reason: newer than the servers of the generated table. Their first argument is their only key.
const NEWER_READS = [
  'ARCOUNT', 'ARGET', 'ARGETRANGE', 'ARGREP', 'ARINFO', 'ARLASTITEMS', 'ARLEN', 'ARMGET', 'ARNEXT', 'AROP', 'ARSCAN', 'DIGEST', 'VRANGE',
] as const;
const NEWER_WRITES = [
  'ARDEL', 'ARDELRANGE', 'ARINSERT', 'ARMSET', 'ARRING', 'ARSEEK', 'ARSET', 'DELEX', 'INCREX', 'XACKDEL', 'XCFGSET', 'XDELEX', 'XNACK',
] as const;
// Reason: newer as well; the key follows a subcommand.
const NEWER_SUBCOMMAND_WRITES = ['BLESS CLEAR', 'BLESS SET', 'HIMPORT SET'] as const;
// Reason: newer as well; the number of keys precedes the keys.
const NEWER_COUNTED_READS = ['SDIFFCARD', 'SUNIONCARD'] as const;

function withBits(name: string, bits: number): MetadataRow {
  const [generated = 0, ...rest] = GENERATED_METADATA[name] ?? [];
  return [generated | bits, ...rest];
}

function build(): Record<string, MetadataRow> {
  const rows: Record<string, MetadataRow> = {
    // Reason: ACL LOG can run on replicas, but its RESET form must not.
    'ACL LOG RESET': [0],
    // Reason: newer; it has two keys, and blocks as BLMOVE does.
    BLMOVEM: [KEYED | BLOCKING, 1, 2, 1],
    LMOVEM: [KEYED, 1, 2, 1],
    // Reason: it inspects the connection or the server as above, but the server does not flag it accordingly.
    'CLIENT NO-TOUCH': [REPLICA_SAFE],
    'CLUSTER MYSHARDID': [REPLICA_SAFE],
    'HOTKEYS GET': [REPLICA_SAFE],
    // Reason: newer; the key of GET follows a subcommand, and SCAN has a cursor of its own for each node.
    'BLESS GET': [READ | KEYED | NONDETERMINISTIC, 2, 2, 1],
    'BLESS SCAN': [READ | NONDETERMINISTIC, 0, 0, 0, 'special', 'special'],
    // Reason: newer; each connection has its own fieldsets.
    'HIMPORT PREPARE': [0, 0, 0, 0, 'all_shards', 'all_succeeded'],
    'HIMPORT DISCARD': [0, 0, 0, 0, 'all_shards', 'agg_max'],
    'HIMPORT DISCARDALL': [0, 0, 0, 0, 'all_shards', 'agg_max'],
    // Reason: a connection name must be set on all nodes, although a replica could serve the command.
    'CLIENT SETNAME': [REPLICA_SAFE, 0, 0, 0, 'all_nodes', 'all_succeeded'],
    // Reason: Valkey's tip splits the command by slot, so that it would no longer set all keys or none.
    MSETEX: [KEYED],
    // Reason: flagged readonly, but its purpose is to change access times, which must happen on the master.
    TOUCH: [KEYED, 1, -1, 1, 'multi_shard', 'agg_sum'],
    // Reason: its reply is random, which the server does not say.
    VRANDMEMBER: [READ | KEYED | NONDETERMINISTIC, 1, 1, 1],
    // Reason: flagged readonly, but npm redis does not send it to replicas either, and its reply is of no practical
    // use.
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

/** Corrections and additions to the generated table, by command name. */
export const METADATA_OVERRIDES: Readonly<Record<string, MetadataRow>> = build();
