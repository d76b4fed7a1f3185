/** Runs the same script on the cluster clients of npm `redis` and of oxredis, on one real cluster, and compares what it notes. */
import { after, before, describe } from 'node:test';
import type * as ours from '../../../lib';
import { type ClusterOptions, TestCluster } from '../../cluster/servers/test-cluster';
import { onEachServer, onServer } from '../../support/on-server';
import type { ServerVersion } from '../../support/server-program';
import { until } from '../../support/until';
import { plain, sameTranscripts, transcriptOf, type Difference, type Library, type Notebook } from '../transcript';
import { endCluster } from './end-cluster';

export type Cluster = ours.RedisClusterType;
export type ClusterClientOptions = Partial<ours.RedisClusterOptions> & {
  /** Notes its events. */
  events?: boolean;
  /** `false` leaves errors unheard. */
  heard?: boolean;
};

/** What a script works with. */
export interface ClusterStage extends Notebook {
  readonly lib: Library;
  readonly servers: TestCluster;
  /** Root nodes of the cluster, made anew. */
  readonly rootNodes: ours.RedisClusterClientOptions[];
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
  sameTranscripts(name, (lib) => transcript(lib, script), difference);
}

async function transcript(lib: Library, script: ClusterScript): Promise<unknown[][]> {
  const clients: Cluster[] = [];
  await emptied();
  return transcriptOf((notebook) => script(stageOf(lib, notebook, clients)), { described, end: () => clients.forEach(endCluster) });
}

/** @param clients what it makes is added to them */
function stageOf(lib: Library, notebook: Notebook, clients: Cluster[]): ClusterStage {
  const roots = (): ours.RedisClusterClientOptions[] =>
    servers.nodes.slice(0, 3).map(({ port }) => ({ socket: { host: '127.0.0.1', port } }));
  const cluster: ClusterStage['cluster'] = ({ events = false, heard = true, ...options } = {}) => {
    const made = lib.createCluster({ rootNodes: roots(), ...options } as never) as unknown as Cluster;
    clients.push(made);
    if (heard) made.on('error', () => undefined);
    if (events) for (const event of CLUSTER_EVENTS) made.on(event, (...args: unknown[]) => notebook.note(event, ...args, made.isOpen, made.isReady));
    return made;
  };
  return {
    ...notebook, lib, servers, cluster,
    get rootNodes() {
      return roots();
    },
    connected: async (options) => {
      const made = cluster(options);
      await made.connect();
      return made;
    },
    next: (target, event) => new Promise((resolve) => target.once(event, (...args: unknown[]) => resolve(args))),
    until,
  };
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
