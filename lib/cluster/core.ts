/** The life of a cluster: discovery, its nodes, refreshes from root nodes, closing. */
import { Context, noContext } from '../context';
import { DisconnectsClientError, describeRoute, plainError, thrownError } from '../errors';
import type { CloseOptions } from '../client/connection/connection';
import { LONGEST_TIMER } from '../timers';
import type { CachedExecution } from '../client/cache/cached-execution';
import { flagsOf } from '../commands/traits';
import type { AnyRedisClientOptions } from '../client/options/option-types';
import { ClusterHandle, type AnnouncedNode, type ClusterListener, type ClusterTrace, type NodeReports, type ShardLayout } from '../wire/cluster-handle';
import type { Endpoint } from '../wire/link-types';
import type { Waiting } from '../wire/limit-errors';
import { Discovery } from './discovery';
import type { ClusterNode, NodeEvent, NodeOwner } from './node';
import { nodeTemplate, type CheckedClusterOptions } from './options';
import { ClusterTopology } from './topology';
import { waitingFor } from './waiting';
import type { NodeAddress } from './types';

/** The cluster, as its core sees it. */
export interface CoreOwner {
  /** Emits an event. What a listener throws, and an `error` without a listener, becomes an uncaught exception. */
  report(event: string, ...args: unknown[]): void;
  hearsErrors(): boolean;
  /** The owners of slots have changed. */
  topologyChanged(): void;
  /** The cluster is about to close. */
  leaving(error: Error): void;
}

type Stage = 'closed' | 'connecting' | 'ready' | 'closing';

/** See the module's comment. */
export class ClusterCore implements ClusterListener, NodeOwner, NodeReports {
  readonly options: CheckedClusterOptions;
  readonly #owner: CoreOwner;
  readonly #cache: CachedExecution | undefined;
  #stage: Stage = 'closed';
  #handle: ClusterHandle;
  #topology: ClusterTopology;
  /** What is shown of the nodes after the end: none. */
  #left: ClusterTopology | undefined;
  #context: Context = noContext;
  #discovery: Discovery | undefined;
  readonly #unfinished = new Set<Promise<unknown>>();
  /** Waiting answers to `discover`, by the link that was asked. */
  readonly #asked = new Map<number, (error: Error | undefined) => void>();
  /** When nodes began to reconnect. */
  readonly #reconnecting = new Map<ClusterNode, number>();
  /** How often the cluster was closed or destroyed. */
  #leavings = 0;
  /** Wait for the end of the cluster. */
  readonly #waiting: (() => void)[] = [];

  constructor(options: CheckedClusterOptions, owner: CoreOwner, cache: CachedExecution | undefined) {
    this.options = options;
    this.#owner = owner;
    this.#cache = cache;
    this.#handle = this.#newHandle();
    this.#topology = this.#newTopology();
  }

  /** The requests of the cluster: what is submitted here goes to the node of its slot. */
  get requests(): ClusterHandle['requests'] {
    return this.#handle.requests;
  }

  get topology(): ClusterTopology {
    return this.#left ?? this.#topology;
  }

  /** `connect()` was called, and neither failed nor was followed by `close()` or `destroy()`. */
  get isOpen(): boolean {
    return this.#stage === 'connecting' || this.#stage === 'ready';
  }

  /** Commands are accepted. */
  get isReady(): boolean {
    return this.#stage === 'ready';
  }

  run<T>(run: () => T): T {
    return this.#context.run(run);
  }

  /** @throws (rejects) RootNodesUnavailableError; an error if the cluster is open already, or none of its nodes can be reached */
  async connect(): Promise<void> {
    if (this.#stage === 'closing') await this.#untilGone();
    if (this.#stage !== 'closed') throw plainError('Cluster already open', 'OXREDIS_ALREADY_OPEN');
    this.#stage = 'connecting';
    this.#context = new Context();
    const handle = this.#newHandle();
    this.#handle = handle;
    this.#topology = this.#newTopology();
    this.#left = undefined;
    const isCurrent = (): boolean => this.#handle === handle && this.#stage === 'connecting';
    try {
      const { mostRedirections, readFrom, availabilityZone, isLazy, refreshInterval } = this.options;
      const [settings, credentials] = nodeTemplate(this.options, this.#cache);
      const { mapAddress } = this.options;
      // Never called: each node answers for itself. The engine asks where there is a function.
      const node = { ...settings.link, routing: { flagsOf }, ...(mapAddress !== undefined && { endpoint: unasked }) };
      handle.open({ node, credentials, mostRedirections, readFrom, availabilityZone, isLazy, refreshInterval });
      await this.#discover();
      if (!isLazy) await this.#firstConnections();
    } catch (error) {
      if (isCurrent()) this.#abandon(thrownError(error));
      throw error;
    }
    if (!isCurrent()) throw new DisconnectsClientError();
    this.#stage = 'ready';
    handle.ready();
    this.#owner.report('connect');
  }

  /** Completes everything that was accepted, then closes all connections; rejects what is left after `timeout` ms. */
  close({ timeout }: CloseOptions = {}): Promise<void> {
    const handle = this.#handle;
    const done = this.#drain();
    if (timeout === undefined || timeout > LONGEST_TIMER) return done;
    const timer = setTimeout(() => this.#cut(handle), timeout);
    return done.finally(() => clearTimeout(timer));
  }

  #drain(): Promise<void> {
    return this.#leave((handle) => {
      const end = (): void => {
        if (this.#handle !== handle) return;
        for (const node of this.#topology.nodes) node.leave();
        handle.close();
      };
      handle.refuse();
      if (this.#unfinished.size === 0) end();
      else void Promise.allSettled(this.#unfinished).then(end);
    });
  }

  /** Notes what may have to be sent again: `close()` waits for it. @returns the same */
  unfinished<T>(work: Promise<T>): Promise<T> {
    const forget = (): void => {
      this.#unfinished.delete(work);
    };
    this.#unfinished.add(work);
    work.then(forget, forget);
    return work;
  }

  /** Rejects everything and closes all connections. */
  destroy(): void {
    const handle = this.#handle;
    this.#beginLeaving(handle);
    this.#cut(handle);
    this.#owner.report('disconnect');
  }

  #cut(handle: ClusterHandle): void {
    if (!handle.isOpen) return;
    for (const node of this.#topology.nodes) node.destroy();
    handle.destroy();
    // What fails yet is explained by the nodes that there were.
    this.#left = this.#newTopology();
  }

  async #leave(end: (handle: ClusterHandle) => void): Promise<void> {
    const handle = this.#handle;
    this.#beginLeaving(handle);
    if (handle.isOpen) {
      const ended = this.#untilEnded();
      end(handle);
      await ended;
    }
    this.#owner.report('disconnect');
  }

  #beginLeaving(handle: ClusterHandle): void {
    this.#leavings++;
    this.#stage = handle.isOpen ? 'closing' : 'closed';
    this.#owner.leaving(new DisconnectsClientError());
    this.#discovery?.cancel(new DisconnectsClientError());
    this.#discovery = undefined;
  }

  /** Resolves when a cluster that is being left has ended. @throws (rejects) DisconnectsClientError if it is left once more meanwhile */
  async #untilGone(): Promise<void> {
    const leavings = this.#leavings;
    await this.#untilEnded();
    if (leavings !== this.#leavings) throw new DisconnectsClientError();
  }

  /** Resolves when the engine has ended the cluster. */
  #untilEnded(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Ends a cluster that could not connect. */
  #abandon(error: Error): void {
    if (this.#owner.hearsErrors()) for (const failure of (error as { errors?: Error[] }).errors ?? [error]) this.#owner.report('error', failure);
    this.#stage = this.#handle.isOpen ? 'closing' : 'closed';
    for (const node of this.#topology.nodes) node.destroy();
    this.#handle.destroy();
  }

  async #discover(): Promise<void> {
    const discovery = new Discovery({ roots: this.options.roots, read: (link) => this.#read(link) });
    this.#discovery = discovery;
    try {
      await discovery.run();
    } finally {
      if (this.#discovery === discovery) this.#discovery = undefined;
    }
  }

  /** Reads the topology over a link. */
  #read(link: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#asked.set(link, (error) => {
        if (error === undefined) resolve();
        else reject(error);
      });
      this.#handle.discover(link);
    });
  }

  /** Resolves when each primary has connected or failed. @throws (rejects) if all of them failed */
  async #firstConnections(): Promise<void> {
    const { masters, replicas } = this.#topology;
    const [verdicts] = await Promise.all([
      Promise.all(masters.map((node) => node.verdict)),
      // Where the engine connects them, as reads may go there. A cluster can do without them.
      Promise.all(this.options.readFrom === 'primary' ? [] : replicas.map((node) => node.verdict)),
    ]);
    const failures = verdicts.flatMap(({ error }, index) => (error === undefined ? [] : [[masters[index] as ClusterNode, error] as const]));
    if (failures.length < masters.length || failures[0] === undefined || this.#stage !== 'connecting') return;
    // Others may have taken their places meanwhile.
    if (this.#topology.masters.some((node) => !masters.includes(node))) return this.#firstConnections();
    const reasons = failures.map(([{ address }, { message }]) => `${address}: ${message}`).join('; ');
    const error = plainError(`None of the nodes that the cluster announces can be connected to (${reasons})`, 'OXREDIS_NODES_UNREACHABLE');
    throw Object.defineProperty(error, 'cause', { value: failures[0][1], configurable: true, writable: true });
  }

  #newHandle(): ClusterHandle {
    return new ClusterHandle(this);
  }

  #newTopology(): ClusterTopology {
    return new ClusterTopology(this, this.readsFromReplicas);
  }

  /** Whether reads may go to replicas. */
  get readsFromReplicas(): boolean {
    return this.options.readFrom !== 'primary' || this.options.chooseNode !== undefined;
  }

  // What errors of commands tell of nodes.

  explain<E extends Error>(error: E, { link, attempts, redirectedTo, slot }: ClusterTrace): E {
    const address = (of: number): string | undefined => this.#topology.byLink(of)?.address;
    return describeRoute(error, { slot: slot < 0 ? undefined : slot, node: address(link), attempts, redirectedTo: address(redirectedTo) });
  }

  waitingFor(trace: ClusterTrace, refusal: Error | undefined): Waiting {
    return waitingFor(trace, this.#topology.byLink(trace.link), refusal);
  }

  lastErrorOf(link: number): Error | undefined {
    return this.#topology.byLink(link)?.lastError;
  }

  // What the engine tells.

  nodeAdded(number: number, link: number, announced: AnnouncedNode): void {
    this.#topology.add(number, link, announced);
  }

  nodeRemoved(number: number): void {
    this.#topology.remove(number);
  }

  topologyChanged(shards: readonly ShardLayout[]): void {
    this.#topology.change(shards);
    this.#owner.topologyChanged();
  }

  slotMoved(slot: number, number: number): void {
    this.#topology.move(slot, number);
    this.#owner.topologyChanged();
  }

  discovered(link: number, error: Error | undefined): void {
    const settle = this.#asked.get(link);
    this.#asked.delete(link);
    settle?.(error);
  }

  unreachable(): void {
    if (this.#stage !== 'ready' || this.#discovery !== undefined) return;
    this.#discover().catch((error: unknown) => {
      if (this.#stage === 'ready' && this.#owner.hearsErrors()) this.#owner.report('error', error);
    });
  }

  ended(): void {
    this.#stage = 'closed';
    this.#left = this.#newTopology();
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  // What nodes ask and tell.

  clientOptions(of: ClusterNode): AnyRedisClientOptions {
    const { node } = this.options;
    return { ...node, readonly: of.readonly, socket: { ...node.socket, ...of.where } };
  }

  /** Options of a client of a node that connects by itself. */
  directOptions(node: ClusterNode): AnyRedisClientOptions {
    const options = this.clientOptions(node);
    return { ...options, socket: { ...options.socket, ...this.options.mapAddress?.(node.address) } };
  }

  mapAddress(address: string): NodeAddress | undefined {
    return this.options.mapAddress?.(address);
  }

  get mapsAddresses(): boolean {
    return this.options.mapAddress !== undefined;
  }

  openNode(link: number): void {
    this.#handle.openNode(link);
  }

  happened(event: NodeEvent, node: ClusterNode, error?: Error): void {
    const where = node.where;
    if (error !== undefined) {
      this.requests.lastError = error;
      this.#owner.report(event, error, where);
      return;
    }
    if (event === 'node-reconnecting') this.#refreshLate(node);
    else this.#reconnecting.delete(node);
    this.#owner.report(event, where);
  }

  fellBack(_reason: Error): void {
    this.requests.resp = 2;
  }

  /** Reads the topology anew if a node has tried to reconnect for long. The engine does that earlier, on its own signs. */
  #refreshLate(node: ClusterNode): void {
    const first = this.#reconnecting.get(node) ?? Date.now();
    this.#reconnecting.set(node, first);
    try {
      const after = this.options.refreshAfter(first);
      if (after === undefined || Date.now() - first < after) return;
    } catch (error) {
      this.#owner.report('error', error);
      return;
    }
    this.#reconnecting.delete(node);
    this.#handle.refresh();
  }

  /** Reads the topology anew. */
  refresh(): void {
    this.#handle.refresh();
  }

  /** The node with this announced address, which is added if it is unknown. */
  nodeAt(host: string, port: number): ClusterNode | undefined {
    return this.#topology.byLink(this.#handle.nodeAt(host, port));
  }
}

function unasked(): Endpoint {
  throw plainError('A node was asked for its address before it was known', 'OXREDIS_UNANSWERED');
}
