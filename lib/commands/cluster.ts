import type { CommandParser, RedisArgument } from '../wire/command-parser';
import type { ArrayReply, BlobStringReply, NumberReply, TuplesToMapReply } from '../wire/resp-types';
import { none, oneKey } from './args';
import { command } from './command';
import { listOf, rowOf, rowsOf } from './containers';
import * as reply from './replies';

/** A range of slots from `start` to `end`, both included. */
export interface SlotRange {
  start: number;
  end: number;
}

const slotRanges = (c: CommandParser, ranges: SlotRange | SlotRange[]): void => {
  for (const range of Array.isArray(ranges) ? ranges : [ranges]) c.push(range.start.toString(), range.end.toString());
};
const slotNumbers = (c: CommandParser, slots: number | number[]): void => c.pushVariadicNumber(slots);
const oneNode = (c: CommandParser, nodeId: RedisArgument): void => c.push(nodeId);

/** How a replica takes over: without the agreement of its master, or without that of any node. */
export const FAILOVER_MODES = { FORCE: 'FORCE', TAKEOVER: 'TAKEOVER' } as const;

/** One of {@link FAILOVER_MODES}. */
export type FailoverMode = (typeof FAILOVER_MODES)[keyof typeof FAILOVER_MODES];

export interface ClusterFailoverOptions {
  mode?: FailoverMode;
}

export interface ClusterResetOptions {
  mode?: 'HARD' | 'SOFT';
}

/** The states of a slot while it is being migrated. */
export const CLUSTER_SLOT_STATES = { IMPORTING: 'IMPORTING', MIGRATING: 'MIGRATING', STABLE: 'STABLE', NODE: 'NODE' } as const;

/** One of {@link CLUSTER_SLOT_STATES}. */
export type ClusterSlotState = (typeof CLUSTER_SLOT_STATES)[keyof typeof CLUSTER_SLOT_STATES];

/** Address and id of a cluster node. */
export type ClusterSlotsNode = { host: BlobStringReply; port: NumberReply; id: BlobStringReply };

type RawNode = [host: BlobStringReply, port: NumberReply, id: BlobStringReply, ...rest: unknown[]];

const toNode = (raw: RawNode): ClusterSlotsNode => rowOf(raw, ([host, port, id]) => ({ host, port, id }));

/** Converts the reply of CLUSTER SLOTS. */
const slots = (
  rows: [from: NumberReply, to: NumberReply, master: RawNode, ...replicas: RawNode[]][],
): { from: NumberReply; to: NumberReply; master: ClusterSlotsNode; replicas: ClusterSlotsNode[] }[] =>
  rowsOf(rows, ([from, to, master, ...replicas]) => ({ from, to, master: toNode(master), replicas: replicas.map(toNode) }));

type ClusterLinksReply = ArrayReply<TuplesToMapReply<[
  reply.Entry<'direction', BlobStringReply>, reply.Entry<'node', BlobStringReply>, reply.Entry<'create-time', NumberReply>,
  reply.Entry<'events', BlobStringReply>, reply.Entry<'send-buffer-allocated', NumberReply>,
  reply.Entry<'send-buffer-used', NumberReply>,
]>>;

const links = {
  2: ((rows: unknown[][]) => listOf(rows, flat => reply.mapOfPairs(flat))) as (rows: unknown[][]) => {
    direction: BlobStringReply; node: BlobStringReply; 'create-time': NumberReply; events: BlobStringReply;
    'send-buffer-allocated': NumberReply; 'send-buffer-used': NumberReply;
  }[],
  3: reply.asIs<ClusterLinksReply>(),
};

export const cluster = {
  /** Assigns slots to this node. */
  clusterAddSlots: command('CLUSTER ADDSLOTS', slotNumbers, reply.ok),
  /** Assigns ranges of slots to this node. */
  clusterAddSlotsRange: command('CLUSTER ADDSLOTSRANGE', slotRanges, reply.ok),
  /** Increases the configuration epoch of the cluster. */
  clusterBumpEpoch: command('CLUSTER BUMPEPOCH', none, reply.simpleString),
  /** Returns the number of failure reports about a node. */
  clusterCountFailureReports: command('CLUSTER COUNT-FAILURE-REPORTS', oneNode, reply.number),
  /** Returns the number of this node's keys in a slot. */
  clusterCountKeysInSlot: command('CLUSTER COUNTKEYSINSLOT', (c, slot: number) => c.push(slot.toString()), reply.number),
  /** Removes slots from this node. */
  clusterDelSlots: command('CLUSTER DELSLOTS', slotNumbers, reply.ok),
  /** Removes ranges of slots from this node. */
  clusterDelSlotsRange: command('CLUSTER DELSLOTSRANGE', slotRanges, reply.ok),
  /** Makes this replica take over from its master. */
  clusterFailover: command('CLUSTER FAILOVER', (c, options?: ClusterFailoverOptions) => {
    if (options?.mode) c.push(options.mode);
  }, reply.ok),
  /** Removes all slots from this node. */
  clusterFlushSlots: command('CLUSTER FLUSHSLOTS', none, reply.ok),
  /** Removes a node from this node's list of nodes. */
  clusterForget: command('CLUSTER FORGET', oneNode, reply.ok),
  /** Returns up to `count` of this node's keys in a slot. */
  clusterGetKeysInSlot: command('CLUSTER GETKEYSINSLOT', (c, slot: number, count: number) =>
    c.push(slot.toString(), count.toString()), reply.blobs),
  /** Returns the state of the cluster as text. */
  clusterInfo: command('CLUSTER INFO', none, reply.verbatim),
  /** Returns the hash slot of a key. */
  clusterKeySlot: command('CLUSTER KEYSLOT', oneKey, reply.number),
  /** Returns information about the connections between this node and the others, as an array of objects. */
  clusterLinks: command('CLUSTER LINKS', none, links),
  /** Makes this node connect to another one, which then joins the cluster. */
  clusterMeet: command('CLUSTER MEET', (c, host: string, port: number) => c.push(host, port.toString()), reply.ok),
  /** Returns the id of this node. */
  clusterMyId: command('CLUSTER MYID', none, reply.blob),
  /** Returns the id of the shard that this node belongs to. */
  clusterMyShardId: command('CLUSTER MYSHARDID', none, reply.blob),
  /** Returns the nodes and their slots as text. */
  clusterNodes: command('CLUSTER NODES', none, reply.verbatim),
  /** Returns the replicas of a node, one line of text each. */
  clusterReplicas: command('CLUSTER REPLICAS', oneNode, reply.blobs),
  /** Makes this node a replica of another node. */
  clusterReplicate: command('CLUSTER REPLICATE', oneNode, reply.simpleString),
  /** Resets this node: it leaves the cluster, and forgets nodes and slots. */
  clusterReset: command('CLUSTER RESET', (c, options?: ClusterResetOptions) => {
    if (options?.mode) c.push(options.mode);
  }, reply.ok),
  /** Saves this node's cluster configuration to its file. */
  clusterSaveConfig: command('CLUSTER SAVECONFIG', none, reply.ok),
  /** Sets the configuration epoch of a node that has just been created. */
  clusterSetConfigEpoch: command('CLUSTER SET-CONFIG-EPOCH', (c, configEpoch: number) => c.push(configEpoch.toString()), reply.ok),
  /** Sets the state of a slot. */
  clusterSetSlot: command('CLUSTER SETSLOT', (c, slot: number, state: ClusterSlotState, nodeId?: RedisArgument) => {
    c.push(slot.toString(), state);
    if (nodeId) c.push(nodeId);
  }, reply.ok),
  /** Returns the nodes that serve each range of slots: `[{from, to, master, replicas}]`. */
  clusterSlots: command('CLUSTER SLOTS', none, slots),
};
