/** Runs the same script on the cluster clients of npm `redis` and of oxredis, on one real cluster, and compares what it notes. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import * as theirs from 'redis';
import * as ours from '../../../lib';
import { type ClusterOptions, TestCluster } from '../../cluster/servers/test-cluster';
import { onEachServer, onServer } from '../../support/on-server';
import type { ServerVersion } from '../../support/server-program';
import { PATIENCE, until } from '../../support/until';
import { plain, type Difference, type Library } from '../compare';

export type Cluster = ours.RedisClusterType;
export type ClusterClientOptions = Partial<ours.RedisClusterOptions> & {
  /** Notes its events. */
  events?: boolean;
  /** `false` leaves errors unheard. */
  heard?: boolean;
};

/** What a script works with. */
export interface ClusterStage {
  readonly lib: Library;
  readonly servers: TestCluster;
  /** Root nodes of the cluster, made anew. */
  readonly rootNodes: ours.RedisClusterClientOptions[];
  /** Adds to the transcript. */
  note(...values: unknown[]): void;
  /** Notes what a promise comes to: its value, or class and message of its error. */
  outcome(label: string, promise: Promise<unknown>): Promise<void>;
  /** Notes what a function returns or throws. */
  attempt(label: string, run: () => unknown): void;
  /** A client of the cluster that is destroyed at the end. */
  cluster(options?: ClusterClientOptions): Cluster;
  /** The same, connected. */
  connected(options?: ClusterClientOptions): Promise<Cluster>;
  /** Resolves with the arguments of the next such event. */
  next(client: Cluster, event: string): Promise<unknown[]>;
  until(condition: () => unknown, what?: string): Promise<void>;
}

export type ClusterScript = (stage: ClusterStage) => Promise<void>;

export const CLUSTER_EVENTS = [
  'connect', 'disconnect', 'error', 'node-connect', 'node-ready', 'node-reconnecting', 'node-disconnect', 'node-error', 'sharded-channel-moved-error',
];

let servers: TestCluster;

/** Declares tests on a real cluster of one kind. */
export function onCluster(version: ServerVersion, declare: () => void, options: ClusterOptions = {}): void {
  onServer(version, () => describe(`on a cluster of ${version}`, () => {
    before(async () => {
      servers = await TestCluster.start({ version, ...options });
      // A node tells of replicas only when it knows how far they have come.
      const isComplete = async (): Promise<boolean> => {
        const views = await Promise.all(servers.nodes.map((node) => node.call('CLUSTER', 'SLOTS')));
        return views.every((view) => servers.nodes.every(({ port }) => JSON.stringify(view).includes(`,${port},`)));
      };
      await until(isComplete, 'all nodes to tell of all');
    });
    after(() => servers.stop());
    declare();
  }));
}

/** Declares tests on a real cluster of each kind. */
export function onEachCluster(declare: (version: ServerVersion) => void, options: ClusterOptions = {}): void {
  onEachServer((version) => onCluster(version, () => declare(version), options));
}

/** Declares a test: the transcripts are the same, or differ as stated. */
export function sameOnCluster(name: string, script: ClusterScript, difference?: Difference): void {
  test(name, async () => {
    const expected = await transcript(theirs as unknown as Library, script);
    const actual = await transcript(ours, script);
    if (difference === undefined) return assert.deepEqual(actual, expected);
    assert.deepEqual(actual, difference.ours);
    assert.notDeepEqual(expected, difference.ours, `no difference any more: ${difference.reason}`);
  });
}

async function transcript(lib: Library, script: ClusterScript): Promise<unknown[][]> {
  const notes: unknown[][] = [];
  const clients: Cluster[] = [];
  await emptied();
  const note = (...values: unknown[]): void => void notes.push(values.map(described));
  const roots = (): ours.RedisClusterClientOptions[] =>
    servers.nodes.slice(0, 3).map(({ port }) => ({ socket: { host: '127.0.0.1', port } }));
  const cluster: ClusterStage['cluster'] = ({ events = false, heard = true, ...options } = {}) => {
    const made = lib.createCluster({ rootNodes: roots(), ...options } as never) as unknown as Cluster;
    clients.push(made);
    if (heard) made.on('error', () => undefined);
    if (events) for (const event of CLUSTER_EVENTS) made.on(event, (...args: unknown[]) => note(event, ...args, made.isOpen, made.isReady));
    return made;
  };
  const stage: ClusterStage = {
    lib, servers, note, cluster,
    get rootNodes() {
      return roots();
    },
    outcome: (label, promise) => promise.then((value) => note(label, value), (error: unknown) => note(label, error)),
    attempt: (label, run) => {
      try {
        note(label, run());
      } catch (error) {
        note(label, error);
      }
    },
    connected: async (options) => {
      const made = cluster(options);
      await made.connect();
      return made;
    },
    next: (target, event) => new Promise((resolve) => target.once(event, (...args: unknown[]) => resolve(args))),
    until,
  };
  let timer: NodeJS.Timeout | undefined;
  const overdue = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`the script hangs after ${JSON.stringify(notes.slice(-3))}`)), 2 * PATIENCE);
  });
  try {
    await Promise.race([script(stage), overdue]);
    return notes.slice();
  } finally {
    clearTimeout(timer);
    for (const made of clients) end(made);
  }
}

/** What npm `redis` does here when the cluster is closed already is no matter of these tests. */
function end(cluster: Cluster): void {
  if (cluster.isOpen) cluster.destroy();
}

async function emptied(): Promise<void> {
  const primaries = await servers.primaries();
  await Promise.all(primaries.map(async (node) => {
    await node.call('FLUSHALL');
    await node.call('SCRIPT', 'FLUSH');
    await node.call('FUNCTION', 'FLUSH');
  }));
}

/** Nodes as their addresses, all else as in the comparison of clients. */
function described(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(described);
  if (typeof value === 'object' && value !== null && 'address' in value && 'id' in value) return `(node ${String(value.address)})`;
  return plain(value);
}
