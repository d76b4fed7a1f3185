import type { CommandParser, RedisArgument, RedisVariadicArgument } from '../wire/command-parser';
import { none, pushOption } from './args';
import { command } from './command';
import * as reply from './replies';
import * as shapes from './server-replies';

/** When the memory of deleted values is freed: in the background, or before the reply. */
export const REDIS_FLUSH_MODES = { ASYNC: 'ASYNC', SYNC: 'SYNC' } as const;

/** One of {@link REDIS_FLUSH_MODES}. */
export type RedisFlushMode = (typeof REDIS_FLUSH_MODES)[keyof typeof REDIS_FLUSH_MODES];

const optionalMode = (c: CommandParser, mode?: RedisFlushMode): void => {
  if (mode) c.push(mode);
};

type ConfigSetArguments = [parameter: RedisArgument, value: RedisArgument] | [config: Record<string, RedisArgument>];

function pushConfig(c: CommandParser, first: RedisArgument | Record<string, RedisArgument>, value: RedisArgument): void {
  if (typeof first === 'string' || Buffer.isBuffer(first)) c.push(first, value);
  else for (const name of Object.keys(first)) c.push(name, first[name]);
}

export interface MemoryUsageOptions {
  /** Number of nested values to examine; 0 means all. */
  SAMPLES?: number;
}

/** Events whose latency the server monitors. */
export const LATENCY_EVENTS = {
  ACTIVE_DEFRAG_CYCLE: 'active-defrag-cycle',
  AOF_FSTAT: 'aof-fstat',
  AOF_FSYNC_ALWAYS: 'aof-fsync-always',
  AOF_STAT: 'aof-stat',
  AOF_REWRITE_DIFF_WRITE: 'aof-rewrite-diff-write',
  AOF_RENAME: 'aof-rename',
  AOF_WRITE: 'aof-write',
  AOF_WRITE_ACTIVE_CHILD: 'aof-write-active-child',
  AOF_WRITE_ALONE: 'aof-write-alone',
  AOF_WRITE_PENDING_FSYNC: 'aof-write-pending-fsync',
  COMMAND: 'command',
  EXPIRE_CYCLE: 'expire-cycle',
  EVICTION_CYCLE: 'eviction-cycle',
  EVICTION_DEL: 'eviction-del',
  EVICTION_LAZYFREE: 'eviction-lazyfree',
  FAST_COMMAND: 'fast-command',
  FORK: 'fork',
  RDB_UNLINK_TEMP_FILE: 'rdb-unlink-temp-file',
  WHILE_BLOCKED_CRON: 'while-blocked-cron',
} as const;

/** One of {@link LATENCY_EVENTS}. */
export type LatencyEvent = (typeof LATENCY_EVENTS)[keyof typeof LATENCY_EVENTS];

const words = (c: CommandParser, ...list: RedisArgument[]): void => c.push(...list);

export const server = {
  /** Starts rewriting the append-only file in the background. */
  bgRewriteAof: command('BGREWRITEAOF', none, reply.simpleString),
  /** Starts saving the data set in the background. */
  bgSave: command('BGSAVE', (c, options?: { SCHEDULE?: boolean }) => {
    if (options?.SCHEDULE) c.push('SCHEDULE');
  }, reply.simpleString),
  /** Returns the configuration parameters that match names or glob patterns, as an object. */
  configGet: command('CONFIG GET', (c, parameters: RedisVariadicArgument) => c.pushVariadic(parameters), reply.map),
  /** Resets the statistics that INFO reports. */
  configResetStat: command('CONFIG RESETSTAT', none, reply.simpleString, { upper: 'CONFIG_RESETASTAT' }),
  /** Saves the current configuration to the configuration file. */
  configRewrite: command('CONFIG REWRITE', none, reply.simpleString),
  /** Sets a configuration parameter, or several given as an object. */
  configSet: command('CONFIG SET', pushConfig as unknown as (c: CommandParser, ...args: ConfigSetArguments) => void,
    reply.simpleString),
  /** Returns the number of keys in the selected database. */
  dbSize: command('DBSIZE', none, reply.number),
  /** Deletes all keys in all databases. */
  flushAll: command('FLUSHALL', optionalMode, reply.simpleString),
  /** Deletes all keys in the selected database. */
  flushDb: command('FLUSHDB', optionalMode, reply.simpleString),
  /** Returns information and statistics about the server as text: all, or one section. */
  info: command('INFO', (c, section?: RedisArgument) => {
    if (section) c.push(section);
  }, reply.verbatim),
  /** Returns the Unix time in seconds of the last successful save. */
  lastSave: command('LASTSAVE', none, reply.number),
  /** Returns a human-readable report about latency problems. */
  latencyDoctor: command('LATENCY DOCTOR', none, reply.verbatim),
  /** Returns an ASCII graph of the latency of an event. */
  latencyGraph: command('LATENCY GRAPH', (c, event: LatencyEvent) => c.push(event), reply.verbatim),
  /** Returns the distribution of execution times of all or the given commands. */
  latencyHistogram: command('LATENCY HISTOGRAM', (c, ...commands: string[]) => words(c, ...commands), shapes.latencyHistogram),
  /** Returns the latencies of an event over time. */
  latencyHistory: command('LATENCY HISTORY', (c, event: LatencyEvent) => c.push(event), shapes.latencyHistory),
  /** Returns the latest and the maximum latency of each event. */
  latencyLatest: command('LATENCY LATEST', none, shapes.latencyLatest),
  /** Deletes the recorded latencies of all or the given events. Returns the number of events. */
  latencyReset: command('LATENCY RESET', (c, ...events: LatencyEvent[]) => words(c, ...events), reply.number),
  /** Returns computer art as text, with the server's version. */
  LOLWUT: command('LOLWUT', (c, version?: number, ...optionalArguments: number[]) => {
    if (!version) return;
    c.push('VERSION', version.toString());
    c.pushVariadicNumber(optionalArguments);
  }, reply.verbatim),
  /** Returns a human-readable report about memory problems. */
  memoryDoctor: command('MEMORY DOCTOR', none, reply.verbatim),
  /** Returns statistics of the memory allocator as text. */
  memoryMallocStats: command('MEMORY MALLOC-STATS', none, reply.verbatim),
  /** Asks the allocator to release unused memory. */
  memoryPurge: command('MEMORY PURGE', none, reply.ok),
  /** Returns the memory usage of the server as an object. */
  memoryStats: command('MEMORY STATS', none, shapes.memoryStats),
  /** Returns the memory usage of a key and its value in bytes, null if there is no such key. */
  memoryUsage: command('MEMORY USAGE', (c, key: RedisArgument, options?: MemoryUsageOptions) => {
    c.pushKey(key);
    pushOption(c, 'SAMPLES', options?.SAMPLES);
  }, reply.numberOrNull),
  /** Returns the loaded modules as an array of objects. */
  moduleList: command('MODULE LIST', none, shapes.modules),
  /** Loads a module. */
  moduleLoad: command('MODULE LOAD', (c, path: RedisArgument, moduleArguments?: RedisArgument[]) => {
    c.push(path);
    if (moduleArguments) c.push(...moduleArguments);
  }, reply.ok),
  /** Unloads a module. */
  moduleUnload: command('MODULE UNLOAD', (c, name: RedisArgument) => c.push(name), reply.ok),
  /** Makes the server a replica of another one. With host `'no'` and port `'one'` it stops being a replica. */
  replicaOf: command('REPLICAOF', (c, host: string, port: number) => c.push(host, port.toString()), reply.simpleString),
  /** Returns the replication role of the server. */
  role: command('ROLE', none, shapes.role),
  /** Swaps two databases. */
  swapDb: command('SWAPDB', (c, index1: number, index2: number) => c.push(index1.toString(), index2.toString()), reply.ok),
  /**
   * Waits until this many replicas have acknowledged the writes of this connection, for `timeout` milliseconds at most.
   * Returns the number of replicas that have.
   */
  wait: command('WAIT', (c, numberOfReplicas: number, timeout: number) =>
    c.push(numberOfReplicas.toString(), timeout.toString()), reply.number),
};
