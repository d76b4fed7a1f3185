/** The JS half of a cluster: commands are submitted to its id, with a hash slot each, and the engine sends them to the right nodes. */
import { ClientClosedError, ClientOfflineError, MaxCommandRedirectionsError, SimpleError, type ErrorReply } from '../errors';
import { throwUncaught } from '../uncaught';
import { NativeEvent, type PushKind, type TraceReason } from './boundary.generated';
import type { TapeReader } from './decoder';
import { engine, type Engine, type LinkListener } from './engine';
import type { LinkCondition, Waiting } from './limit-errors';
import type { Credentials, LinkOptions } from './link-types';
import { failureError, nativeError } from './native-errors';
import { nativeLinkOptions } from './native-options';
import type { Pending } from './pending';
import { READ_FROM, type ReadFromName } from './read-from';
import { settleWithReply } from './reply';
import { Requests } from './requests';
import type { Whereabouts } from './whereabouts';

/** A node as the cluster announces it. */
export interface AnnouncedNode {
  readonly host: string;
  readonly port: number;
  /** The name that the node has for the cluster; empty if unknown. */
  readonly id: string;
}

/** A shard in the numbers of its nodes. */
export interface ShardLayout {
  readonly primary: number;
  readonly replicas: readonly number[];
  /** Its slots, both ends of each range included. */
  readonly ranges: readonly (readonly [first: number, last: number])[];
}

/** Receives what happens to a cluster, in order. */
export interface ClusterListener {
  /** A node was found, or got a new link. @param link the id of its native link, which the listener adopts */
  nodeAdded(node: number, link: number, announced: AnnouncedNode): void;
  /** No more commands go to the node; its link ends by itself. */
  nodeRemoved(node: number): void;
  topologyChanged(shards: readonly ShardLayout[]): void;
  /** A server said that the slot belongs to another primary. */
  slotMoved(slot: number, node: number): void;
  /** The answer to `discover`. @param error `undefined` if the layout was read */
  discovered(link: number, error: Error | undefined): void;
  /** No known node could be asked for the layout: the root nodes must be asked again. */
  unreachable(): void;
  ended(): void;
}

/** Where a failed command has been. */
export interface ClusterTrace {
  /** The hash slot of the command; -1 without one. */
  readonly slot: number;
  /** Link of the node that gave the error; -1 if it reached none. */
  readonly link: number;
  /** How often it was sent, or refused by a node. */
  readonly attempts: number;
  readonly reason: TraceReason;
  /** Link of the node that it was redirected to last; -1 if it was not. */
  readonly redirectedTo: number;
}

/** What the owner of a handle knows of its nodes, for the errors of commands. */
export interface NodeReports {
  /** Adds to an error where the command has been. */
  explain<E extends Error>(error: E, trace: ClusterTrace): E;
  /** What a command waits for. @param refusal the last error with which a server has refused it */
  waitingFor(trace: ClusterTrace, refusal: Error | undefined): Waiting;
  /** The last error of the connection to the node of a link. */
  lastErrorOf(link: number): Error | undefined;
}

/** Settings of a cluster. */
export interface ClusterSettings {
  /** The settings of the links of all nodes, except host and port. */
  readonly node: LinkOptions;
  readonly credentials: Credentials | undefined;
  readonly mostRedirections: number;
  readonly readFrom: ReadFromName;
  readonly availabilityZone: string | undefined;
  /** Connect to a node only when it is first needed. */
  readonly isLazy: boolean;
  /** Milliseconds between two readings of the layout; 0 for none. */
  readonly refreshInterval: number;
}

/** The state of a cluster, for commands that it refuses. */
export type ClusterStage = 'closed' | 'connecting' | 'ready';

/** The requests of a cluster. Their errors tell where they have been. */
export class ClusterRequests extends Requests {
  /** The request that is about to fail, and where it has been. A field, since every reply asks whether it is meant. */
  #traced: Pending | undefined = undefined;
  #trace: ClusterTrace | undefined = undefined;
  stage: ClusterStage = 'closed';
  mostRedirections = 0;
  /** With what a server has refused the request before it failed in the queue. */
  #refused: Pending | undefined = undefined;
  #refusal: Error | undefined = undefined;
  readonly #nodes: NodeReports;
  readonly #whereabouts: (ticket: number) => string | undefined;

  constructor(engine: Engine, nodes: NodeReports) {
    super(engine, () => this.#condition());
    this.#nodes = nodes;
    this.#whereabouts = (ticket) => engine.whereabouts(ticket);
  }

  #condition(): LinkCondition {
    return this.stage === 'ready' ? 'ready' : 'connecting';
  }

  override closedError(): Error {
    return this.stage === 'connecting' ? new ClientOfflineError() : new ClientClosedError();
  }

  /** The next item of the batch is the error reply, or the failure, of this request. */
  traced(pending: Pending, trace: ClusterTrace): void {
    this.#traced = pending;
    this.#trace = trace;
  }

  /** The request is about to fail in the queue, after a server has refused it. */
  refused(pending: Pending, text: string): void {
    this.#refused = pending;
    this.#refusal = new SimpleError(text);
  }

  override failureOf(code: number, phase: number, caller: Pending, request = caller): Error {
    const { name, timeout } = caller;
    if (this.#traced !== request || this.#trace === undefined) return super.failureOf(code, phase, caller);
    const trace = this.#trace;
    const refusal = this.#refused === request ? this.#refusal : undefined;
    const lastError = this.#nodes.lastErrorOf(trace.link) ?? this.lastError;
    const waiting = this.#nodes.waitingFor(trace, refusal);
    return this.#nodes.explain(failureError(code, phase, name, { lastError, condition: this.#condition(), timeout, waiting }), trace);
  }

  override whereabouts(ticket: number): Whereabouts | undefined {
    const told = this.#whereabouts(ticket);
    if (told === undefined) return undefined;
    const [words, text] = wordsOf(told);
    const trace = traceOf(words, 0);
    const waiting = this.#nodes.waitingFor(trace, text === '' ? undefined : new SimpleError(text));
    return { waiting, describe: (error) => this.#nodes.explain(error, trace) };
  }

  /** Where a request has been that fails; `undefined` for one that does not. */
  #takeTrace(pending: Pending): ClusterTrace | undefined {
    if (this.#traced !== pending) return undefined;
    const trace = this.#trace;
    this.#traced = undefined;
    this.#trace = undefined;
    return trace;
  }

  override onReply(pending: Pending, reader: TapeReader): void {
    const trace = this.#takeTrace(pending);
    if (trace === undefined) return super.onReply(pending, reader);
    this.forget(pending);
    settleWithReply(pending, reader, this.resp, (error) => this.#replyError(error, trace));
  }

  override onFailure(pending: Pending, code: number, phase: number): void {
    super.onFailure(pending, code, phase);
    this.#takeTrace(pending);
    this.#refused = undefined;
    this.#refusal = undefined;
  }

  #replyError(error: ErrorReply, trace: ClusterTrace): Error {
    this.#nodes.explain(error, trace);
    // A redirection of a single command reaches its caller only after too many; those of chains are for who sent the chain.
    const isRedirection = error.kind === 'MOVED' || error.kind === 'ASK';
    if (!isRedirection || trace.attempts <= this.mostRedirections) return error;
    return this.#nodes.explain(new MaxCommandRedirectionsError(error), trace);
  }
}

/** See the module's comment. */
export class ClusterHandle implements LinkListener {
  readonly requests: ClusterRequests;
  readonly #engine: Engine = engine();
  readonly #listener: ClusterListener;
  #id = -1;

  constructor(listener: ClusterListener & NodeReports) {
    this.#listener = listener;
    this.requests = new ClusterRequests(this.#engine, listener);
  }

  /** The native cluster exists. */
  get isOpen(): boolean {
    return this.#id >= 0;
  }

  /** Creates the native cluster. It connects to nothing until `discover`. */
  open({ node, credentials, mostRedirections, readFrom, availabilityZone, isLazy, refreshInterval }: ClusterSettings): void {
    this.#id = this.#engine.openCluster({
      node: nativeLinkOptions(node, credentials),
      mostRedirections,
      readFrom: READ_FROM[readFrom],
      ...(availabilityZone !== undefined && { zone: availabilityZone }),
      lazy: isLazy,
      refreshInterval,
    }, this);
    this.requests.opened(this.#id, node);
    this.requests.mostRedirections = mostRedirections;
    this.requests.isOpen = false;
    this.requests.stage = 'connecting';
  }

  /** Commands are accepted from now on. */
  ready(): void {
    this.requests.stage = 'ready';
    this.requests.isOpen = true;
  }

  /** Reads the layout of the cluster over a ready link. The answer is `discovered`. */
  discover(link: number): void {
    this.#engine.native.discover(this.#id, link);
  }

  /** Reads the layout of the cluster again. */
  refresh(): void {
    if (this.#id >= 0) this.#engine.native.refreshCluster(this.#id);
  }

  /** Connects the link of a node that was not needed before. */
  openNode(link: number): void {
    if (this.#id >= 0) this.#engine.native.openNode(link);
  }

  /** The link of the node with this announced address, which is added if it is unknown. */
  nodeAt(host: string, port: number): number {
    return this.#engine.native.nodeAt(this.#id, host, port);
  }

  /** Accepts no further commands. */
  refuse(): void {
    this.#leave();
  }

  /** Completes what was accepted, then ends. */
  close(): void {
    this.#leave();
    if (this.#id >= 0) this.#engine.native.closeCluster(this.#id);
  }

  /** Rejects everything, then ends. */
  destroy(): void {
    this.#leave();
    if (this.#id >= 0) this.#engine.native.destroyCluster(this.#id);
  }

  #leave(): void {
    this.requests.stage = 'closed';
    this.requests.isOpen = false;
    this.#engine.flush();
  }

  onPush(_kind: PushKind, reader: TapeReader): void {
    reader.skip();
  }

  onMonitorLine(reader: TapeReader): void {
    reader.skip();
  }

  onTrace({ words, cursor }: TapeReader): void {
    const pending = this.#engine.pending.peek(words[cursor] as number);
    if (pending === undefined) return;
    this.requests.traced(pending, traceOf(words, cursor + 1));
  }

  /** Handles an event of the engine. Errors of listeners become uncaught exceptions, thrown outside of native code. */
  onEvent(kind: NativeEvent, a: number, b: number, detail: string): void {
    try {
      this.#onEvent(kind, a, b, detail);
    } catch (error) {
      throwUncaught(error);
    }
  }

  #onEvent(kind: NativeEvent, a: number, b: number, detail: string): void {
    const listener = this.#listener;
    switch (kind) {
      case NativeEvent.NodeAdded: return listener.nodeAdded(b, a, announcedNode(detail));
      case NativeEvent.NodeRemoved: return listener.nodeRemoved(b);
      case NativeEvent.Topology: return listener.topologyChanged(shardsOf(detail));
      case NativeEvent.SlotMoved: return listener.slotMoved(a, b);
      case NativeEvent.RefusedBefore: {
        const pending = this.#engine.pending.peek(a);
        return pending === undefined ? undefined : this.requests.refused(pending, detail);
      }
      case NativeEvent.Discovered: return listener.discovered(a, undefined);
      case NativeEvent.NotDiscovered: return listener.discovered(a, nativeError(detail, undefined));
      case NativeEvent.Unreachable: return listener.unreachable();
      case NativeEvent.Ended: {
        const id = this.#id;
        this.#id = -1;
        this.requests.ended();
        if (id >= 0) this.#engine.detachCluster(id);
        return listener.ended();
      }
      default:
    }
  }
}

function traceOf(words: ArrayLike<number>, at: number): ClusterTrace {
  return {
    link: words[at] as number,
    attempts: words[at + 1] as number,
    reason: words[at + 2] as TraceReason,
    redirectedTo: words[at + 3] as number,
    slot: words[at + 4] as number,
  };
}

/** Reads five numbers and a text, each with a space behind the number. */
function wordsOf(told: string): [words: number[], text: string] {
  const [, numbers, text] = /^((?:\S+ ){5})(.*)$/s.exec(told) as unknown as [string, string, string];
  return [numbers.trim().split(' ').map(Number), text];
}

/** Reads `"<port> <id> <host>"`; the id may be empty. */
function announcedNode(detail: string): AnnouncedNode {
  const [port, id, host] = detail.split(' ') as [string, string, string];
  return { host, port: Number(port), id };
}

/** Reads `primary,replica:first-last,first-last;…`. */
function shardsOf(detail: string): ShardLayout[] {
  if (detail === '') return [];
  return detail.split(';').map((shard) => {
    const [nodes, ranges] = shard.split(':') as [string, string | undefined];
    const [primary, ...replicas] = nodes.split(',').map(Number) as [number, ...number[]];
    const pairs = ranges === undefined || ranges === '' ? [] : ranges.split(',').map((range) => range.split('-').map(Number) as [number, number]);
    return { primary, replicas, ranges: pairs };
  });
}
