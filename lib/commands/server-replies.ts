import type {
  ArrayReply, BlobStringReply, DoubleReply, NumberReply, RespVersions, TuplesReply, TuplesToMapReply, TypeMapping,
} from '../wire/resp-types';
import { isMissing, listOf, rowsOf } from './containers';
import { asIs, mapOfPairs, mappedDouble, type Entry } from './replies';

type Module = TuplesToMapReply<[Entry<'name', BlobStringReply>, Entry<'ver', NumberReply>]>;

export type HelloReply = TuplesToMapReply<[
  Entry<'server', BlobStringReply>, Entry<'version', BlobStringReply>, Entry<'proto', NumberReply<RespVersions>>,
  Entry<'id', NumberReply>, Entry<'mode', BlobStringReply>, Entry<'role', BlobStringReply>, Entry<'modules', ArrayReply<Module>>,
]>;

/**
 * Reply of HELLO. A call that switches the protocol is answered in the new protocol, so each form can arrive in either.
 */
export const hello = {
  2: ((reply: unknown) => (Array.isArray(reply) ? mapOfPairs(reply) : reply)) as (reply: unknown) => {
    server: BlobStringReply; version: BlobStringReply; proto: NumberReply<RespVersions>; id: NumberReply; mode: BlobStringReply;
    role: BlobStringReply; modules: ArrayReply<TuplesReply<[BlobStringReply<'name'>, BlobStringReply, BlobStringReply<'ver'>, NumberReply]>>;
  },
  3: asIs<HelloReply>(),
};

export type ModuleListReply = ArrayReply<Module>;

/** Reply of MODULE LIST. */
export const modules = {
  2: ((reply: unknown[][]) => listOf(reply, flat => mapOfPairs(flat))) as unknown as (reply: unknown[][]) => ModuleListReply,
  3: asIs<ModuleListReply>(),
};

type Bytes = NumberReply;
export type MemoryStatsReply = TuplesToMapReply<[
  Entry<'peak.allocated', Bytes>, Entry<'total.allocated', Bytes>, Entry<'startup.allocated', Bytes>,
  Entry<'replication.backlog', Bytes>, Entry<'clients.slaves', Bytes>, Entry<'clients.normal', Bytes>, Entry<'cluster.links', Bytes>,
  Entry<'aof.buffer', Bytes>, Entry<'lua.caches', Bytes>, Entry<'functions.caches', Bytes>,
  Entry<'overhead.db.hashtable.lut', Bytes>, Entry<'overhead.db.hashtable.rehashing', Bytes>, Entry<'overhead.total', Bytes>,
  Entry<'db.dict.rehashing.count', NumberReply>, Entry<'keys.count', NumberReply>, Entry<'keys.bytes-per-key', Bytes>,
  Entry<'dataset.bytes', Bytes>, Entry<'dataset.percentage', DoubleReply>, Entry<'peak.percentage', DoubleReply>,
  Entry<'allocator.allocated', Bytes>, Entry<'allocator.active', Bytes>, Entry<'allocator.resident', Bytes>,
  Entry<'allocator.muzzy', Bytes>, Entry<'allocator-fragmentation.ratio', DoubleReply>, Entry<'allocator-fragmentation.bytes', Bytes>,
  Entry<'allocator-rss.ratio', DoubleReply>, Entry<'allocator-rss.bytes', Bytes>, Entry<'rss-overhead.ratio', DoubleReply>,
  Entry<'rss-overhead.bytes', Bytes>, Entry<'fragmentation', DoubleReply>, Entry<'fragmentation.bytes', Bytes>,
]>;

const RATIO = /(^fragmentation|\.ratio|\.percentage)$/;

/** Reply of MEMORY STATS. RESP2 sends ratios as text. */
export const memoryStats = {
  2: (reply: unknown[], _preserve?: unknown, typeMapping?: TypeMapping): MemoryStatsReply => {
    const stats = mapOfPairs(reply) as Record<string, unknown>;
    if (isMissing(stats)) return stats;
    for (const name of Object.keys(stats)) {
      if (RATIO.test(name)) stats[name] = mappedDouble(stats[name] as BlobStringReply, typeMapping);
    }
    return stats as unknown as MemoryStatsReply;
  },
  3: asIs<MemoryStatsReply>(),
};

/** For each command, how many calls took at most the given number of microseconds. */
export type LatencyHistogram = Record<string, { calls: number; histogram_usec: Record<string, number> }>;

/** Reply of LATENCY HISTOGRAM. */
export const latencyHistogram = {
  2: (reply: unknown[]): LatencyHistogram => {
    const commands = mapOfPairs(reply) as Record<string, unknown>;
    if (isMissing(commands)) return commands;
    for (const name of Object.keys(commands)) {
      const entry = mapOfPairs(commands[name] as unknown[]) as { histogram_usec: unknown } | null;
      if (!isMissing(entry)) entry.histogram_usec = mapOfPairs(entry.histogram_usec as unknown[]);
      commands[name] = entry;
    }
    return commands as LatencyHistogram;
  },
  3: asIs<LatencyHistogram>(),
};

type Replica = [host: BlobStringReply, port: BlobStringReply, offset: BlobStringReply];
type RawRole =
  | [role: BlobStringReply<'master'>, offset: NumberReply, replicas: Replica[]]
  | [
    role: BlobStringReply<'slave'>, host: BlobStringReply, port: NumberReply,
    state: BlobStringReply<'connect' | 'connecting' | 'sync' | 'connected' | 'handshake' | 'none'>, received: NumberReply,
  ]
  | [role: BlobStringReply<'sentinel'>, masterNames: ArrayReply<BlobStringReply>];

/** The replication role of a server. The spelling `replicationOffest` is that of npm redis. */
export type RoleReply =
  | {
    role: BlobStringReply<'master'>; replicationOffest: NumberReply;
    replicas: { host: BlobStringReply; port: number; replicationOffest: number }[];
    master?: undefined; state?: undefined; dataReceived?: undefined; masterNames?: undefined;
  }
  | {
    role: BlobStringReply<'slave'>; master: { host: BlobStringReply; port: NumberReply };
    state: BlobStringReply<'connect' | 'connecting' | 'sync' | 'connected' | 'handshake' | 'none'>; dataReceived: NumberReply;
    replicationOffest?: undefined; replicas?: undefined; masterNames?: undefined;
  }
  | {
    role: BlobStringReply<'sentinel'>; masterNames: ArrayReply<BlobStringReply>;
    replicationOffest?: undefined; replicas?: undefined; master?: undefined; state?: undefined; dataReceived?: undefined;
  };

/** Reply of ROLE. */
export const role = (reply: RawRole): RoleReply | undefined => {
  if (isMissing(reply)) return reply;
  // With a type mapping to Buffer, the role is a Buffer.
  switch (String(reply[0])) {
    case 'master': {
      const [name, replicationOffest, replicas] = reply as Extract<RawRole, [BlobStringReply<'master'>, ...unknown[]]>;
      return {
        role: name,
        replicationOffest,
        replicas: rowsOf(replicas, ([host, port, offset]) => ({ host, port: Number(port), replicationOffest: Number(offset) })),
      };
    }
    case 'slave': {
      const [name, host, port, state, dataReceived] = reply as Extract<RawRole, [BlobStringReply<'slave'>, ...unknown[]]>;
      return { role: name, master: { host, port }, state, dataReceived };
    }
    case 'sentinel': {
      const [name, masterNames] = reply as Extract<RawRole, [BlobStringReply<'sentinel'>, ...unknown[]]>;
      return { role: name, masterNames };
    }
    default:
      return undefined;
  }
};

/** Latest and maximum latency of an event. */
export const latencyLatest = asIs<ArrayReply<[
  name: BlobStringReply, timestamp: NumberReply, latestLatency: NumberReply, allTimeLatency: NumberReply,
]>>();
/** Latencies of an event over time. */
export const latencyHistory = asIs<ArrayReply<TuplesReply<[timestamp: NumberReply, latency: NumberReply]>>>();
