/** A real cluster on the loopback interface, and what can happen to it. */
import assert from 'node:assert/strict';
import { findServerProgram, type ServerProgram, type ServerVersion } from '../../support/server-program';
import { until } from '../../support/until';
import { ClusterNode, type NodeSettings } from './cluster-node';
import { fingerprint, type NodeLine, parseCalls, parseErrors, parseNodes } from './layout';

/** The lines of one view that another one has not, and the reverse. */
function differences(one: string, other: string): string {
  const [lines, others] = [one.split('\n'), other.split('\n')];
  const only = (of: string[], not: string[]): string => of.filter((line) => !not.includes(line)).join('; ');
  return `${only(lines, others)} against ${only(others, lines)}`;
}

/** Number of slots of a cluster. */
const SLOTS = 16_384;

export interface ClusterOptions {
  version?: ServerVersion | undefined;
  /** 3 */
  primaries?: number;
  /** Replicas of each primary: 1 */
  replicas?: number;
  /** `cluster-node-timeout`, ms: a dead primary is replaced about so long after its death. 15,000: nobody is replaced by mistake. */
  nodeTimeout?: number;
  /** `cluster-require-full-coverage`: true */
  fullCoverage?: boolean;
  /** Of the default user, on all nodes. */
  password?: string;
  /** All nodes listen for TLS, too. */
  tls?: boolean;
  args?: readonly string[];
}

/** When, on the clock of `performance.now()`, a replica had become the primary of its slots. */
export interface Election {
  readonly node: ClusterNode;
  readonly at: number;
}

export class TestCluster {
  readonly nodes: ClusterNode[];

  private constructor(readonly program: ServerProgram, private readonly options: Required<Pick<ClusterOptions, 'primaries' | 'replicas'>>, private readonly settings: NodeSettings) {
    const count = options.primaries * (1 + options.replicas);
    this.nodes = Array.from({ length: count }, (_, index) => new ClusterNode(`node ${index}`, settings));
  }

  /** Starts a cluster and waits until all of it is in order. @throws Error if the program is not on this machine */
  static async start(options: ClusterOptions = {}): Promise<TestCluster> {
    const { version, primaries = 3, replicas = 1, nodeTimeout = 5000, fullCoverage = true, password, tls = false, args = [] } = options;
    const program = findServerProgram(version);
    if (!program) throw new Error(`no server program for ${version ?? 'default'}: run npm run setup or npm run servers`);
    const cluster = new TestCluster(program, { primaries, replicas }, { program, nodeTimeout, fullCoverage, password, tls, args });
    try {
      await cluster.assemble();
    } catch (error) {
      await cluster.stop();
      throw error;
    }
    return cluster;
  }

  /** Kills all nodes and removes what they have written. */
  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.stop()));
  }

  /** `cluster-node-timeout`, ms. */
  get nodeTimeout(): number {
    return this.settings.nodeTimeout;
  }

  get live(): ClusterNode[] {
    return this.nodes.filter(({ isUp }) => isUp);
  }

  /** The lines of CLUSTER NODES of a node, by default of the first one that can answer. */
  async view(from: ClusterNode | undefined = this.live[0]): Promise<NodeLine[]> {
    assert.ok(from, 'no node is there to be asked');
    return parseNodes(String(await from.call('CLUSTER', 'NODES')));
  }

  /** The primaries that own slots, in the order of their slots, as a node sees it. */
  async primaries(from?: ClusterNode): Promise<ClusterNode[]> {
    const owners = (await this.view(from)).filter(({ isPrimary, slots }) => isPrimary && slots.length > 0);
    owners.sort((a, b) => (a.slots[0] as [number, number])[0] - (b.slots[0] as [number, number])[0]);
    return owners.map(({ id }) => this.node(id));
  }

  /** The live replicas of a primary. */
  async replicasOf(primary: ClusterNode): Promise<ClusterNode[]> {
    const lines = await this.view(this.live.find((node) => node !== primary));
    return lines.filter(({ primary: of }) => of === primary.id).map(({ id }) => this.node(id)).filter(({ isUp }) => isUp);
  }

  /** The owner of a slot. */
  async ownerOf(slot: number, from?: ClusterNode): Promise<ClusterNode> {
    const line = (await this.view(from)).find(({ slots }) => slots.some(([first, last]) => first <= slot && slot <= last));
    assert.ok(line, `slot ${slot} has no owner`);
    return this.node(line.id);
  }

  /** The node with an id. */
  node(id: string): ClusterNode {
    const found = this.nodes.find((node) => node.id === id);
    assert.ok(found, `no node of the test has the id ${id}`);
    return found;
  }

  /** Waits until all live nodes agree on who owns what, find each other healthy and serve all slots, and replicas follow. */
  async untilInOrder(): Promise<void> {
    let problem = '';
    const inOrder = async (): Promise<boolean> => {
      problem = await this.problem().catch((error: Error) => error.message);
      return problem === '';
    };
    await until(inOrder, 'a cluster in order').catch((error: Error) => {
      throw new Error(`${error.message}: ${problem}`);
    });
  }

  /** Hands the slots of a primary to a replica of it (CLUSTER FAILOVER) and waits until all nodes agree. @returns the new primary */
  async failOver(primary: ClusterNode): Promise<Election> {
    const replica = await this.followerOf(primary);
    // Who has just come back, or handed over, may still believe that it is what it was: only a newer epoch tells a takeover.
    const before = Math.max(...await Promise.all(this.live.map((node) => this.epoch(node, 'current'))));
    let at = 0;
    // The primary may not agree in time where it is busy.
    await until(async () => {
      await replica.call('CLUSTER', 'FAILOVER').catch(() => undefined);
      const deadline = performance.now() + 6000;
      while (performance.now() < deadline) {
        if (await this.serves(replica) && await this.epoch(replica, 'my') > before) return true;
      }
      return false;
    }, `${replica.name} to take over`);
    at = performance.now();
    await this.untilInOrder();
    return { node: replica, at };
  }

  /** Waits until a replica of a dead or hanging primary serves its slots, and all live nodes know. */
  async untilReplaced(primary: ClusterNode): Promise<Election> {
    const candidates = await this.replicasOf(primary);
    let elected: ClusterNode | undefined;
    await until(async () => {
      for (const one of candidates) if (await this.serves(one)) elected = one;
      return elected;
    }, `${primary.name} to be replaced`);
    const at = performance.now();
    return { node: elected as ClusterNode, at };
  }

  /** How often the nodes were called to run commands whose names match, such as `cluster|slots`. */
  async calls(names: RegExp): Promise<number> {
    return this.count('commandstats', parseCalls, names);
  }

  /** How often the nodes replied errors whose first words match. Those of nodes that were restarted are forgotten. */
  async errors(kinds: RegExp): Promise<number> {
    return this.count('errorstats', parseErrors, kinds);
  }

  /** Begins to count calls and errors anew. */
  async resetCounts(): Promise<void> {
    await this.everywhere('CONFIG', 'RESETSTAT');
  }

  /** The addresses of the connections of clients with this name, by node. */
  async connectionsOf(name: string): Promise<Map<ClusterNode, string[]>> {
    const found = new Map<ClusterNode, string[]>();
    for (const node of this.live) {
      const list = String(await node.call('CLIENT', 'LIST'));
      const ids = [...list.matchAll(/^id=(\d+).*? name=(\S*)/gm)].filter(([, , is]) => is === name).map(([, id]) => id as string);
      found.set(node, ids);
    }
    return found;
  }

  /** Closes the connections of clients with this name, from the side of a node. @returns how many */
  async killConnections(name: string, node: ClusterNode): Promise<number> {
    const ids = (await this.connectionsOf(name)).get(node) ?? [];
    const killed = await Promise.all(ids.map((id) => node.call('CLIENT', 'KILL', 'ID', id).catch(() => 0)));
    return killed.reduce((sum: number, count) => sum + Number(count), 0);
  }

  /** Sends a command to all live nodes. */
  async everywhere(...args: string[]): Promise<void> {
    await Promise.all(this.live.map((node) => node.call(...args)));
  }

  /** Makes all live nodes know each other, at the addresses that they have now. */
  async introduceAll(): Promise<void> {
    const meetings: Promise<unknown>[] = [];
    for (const [index, node] of this.live.entries()) {
      for (const other of this.live.slice(index + 1)) meetings.push(node.call('CLUSTER', 'MEET', '127.0.0.1', other.port, other.busPort));
    }
    await Promise.all(meetings);
  }

  private async assemble(): Promise<void> {
    const { primaries, replicas } = this.options;
    await Promise.all(this.nodes.map((node) => node.start()));
    await Promise.all(this.nodes.map((node, index) => node.call('CLUSTER', 'SET-CONFIG-EPOCH', index + 1)));
    await Promise.all(this.nodes.slice(0, primaries).map((node, index) => {
      const [first, end] = [Math.round(SLOTS * index / primaries), Math.round(SLOTS * (index + 1) / primaries)];
      return node.call('CLUSTER', 'ADDSLOTSRANGE', first, end - 1);
    }));
    await this.introduceAll();
    for (const [index, node] of this.nodes.slice(primaries).entries()) {
      const primary = this.nodes[Math.floor(index / replicas)] as ClusterNode;
      await until(() => node.call('CLUSTER', 'REPLICATE', primary.id).then(() => true, () => false), `${node.name} to know ${primary.name}`);
    }
    await this.untilInOrder();
  }

  /** What is not in order; nothing = ''. */
  private async problem(): Promise<string> {
    const live = this.live;
    const ids = new Set(live.map(({ id }) => id));
    const [first = '', ...others] = await Promise.all(live.map(async (node) => {
      const lines = (await this.view(node)).filter(({ id }) => ids.has(id));
      if (lines.length < live.length) return `${node.name} does not know all`;
      const unwell = lines.find(({ isHealthy }) => !isHealthy);
      if (unwell) return `${node.name} finds ${this.node(unwell.id).name} unwell`;
      return fingerprint(lines);
    }));
    if (!first.includes('\n') && live.length > 1) return first;
    const other = others.find((one) => one !== first);
    if (other !== undefined) return `the nodes disagree: ${differences(first, other)}`;
    const states = await Promise.all(live.map((node) => this.state(node)));
    return states.find((state) => state !== '') ?? await this.lag();
  }

  private async state(node: ClusterNode): Promise<string> {
    const info = String(await node.call('CLUSTER', 'INFO'));
    return info.includes('cluster_state:ok') ? '' : `${node.name} does not serve`;
  }

  /** Whether replicas have all that their primaries had written: a new copy lacks what was written while it was made. */
  private async lag(): Promise<string> {
    const replication = async (node: ClusterNode): Promise<string> => String(await node.call('INFO', 'replication'));
    const offsetOf = (info: string, name: string): number => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1] ?? -1);
    const lines = await this.view();
    const offsets = new Map<string, number>();
    for (const { id, isPrimary } of lines) {
      const node = this.node(id);
      if (isPrimary && node.isUp) offsets.set(id, offsetOf(await replication(node), 'master_repl_offset'));
    }
    for (const { id, primary } of lines) {
      const [node, written] = [this.node(id), offsets.get(primary ?? '')];
      if (!node.isUp || written === undefined) continue;
      const info = await replication(node);
      if (!info.includes('master_link_status:up')) return `${node.name} does not follow its primary`;
      if (offsetOf(info, 'slave_repl_offset') < written) return `${node.name} lags behind its primary`;
    }
    return '';
  }

  /** A live replica that knows itself that it is one of this primary, which knows itself that it is one. */
  private async followerOf(primary: ClusterNode): Promise<ClusterNode> {
    let found: ClusterNode | undefined;
    await until(async () => {
      if (!(await this.serves(primary))) return false;
      for (const node of await this.replicasOf(primary)) {
        if ((await this.view(node)).some(({ isMyself, primary: of }) => isMyself && of === primary.id)) return (found = node);
      }
      return false;
    }, `a replica of ${primary.name}`);
    return found as ClusterNode;
  }

  /** The highest epoch that a node knows, or that of its own configuration (a replica's is that of its primary). */
  private async epoch(node: ClusterNode, which: 'current' | 'my'): Promise<number> {
    const info = String(await node.call('CLUSTER', 'INFO'));
    return Number(new RegExp(`^cluster_${which}_epoch:(\\d+)`, 'm').exec(info)?.[1]);
  }

  private async serves(node: ClusterNode): Promise<boolean> {
    const [myself] = (await this.view(node)).filter(({ isMyself }) => isMyself);
    if (!myself?.isPrimary || myself.slots.length === 0) return false;
    return String(await node.call('CLUSTER', 'INFO')).includes('cluster_state:ok');
  }

  private async count(section: string, parse: (text: string) => Map<string, number>, names: RegExp): Promise<number> {
    const texts = await Promise.all(this.live.map((node) => node.call('INFO', section)));
    const counts = texts.flatMap((text) => [...parse(String(text))]);
    return counts.filter(([name]) => names.test(name)).reduce((sum, [, count]) => sum + count, 0);
  }
}
