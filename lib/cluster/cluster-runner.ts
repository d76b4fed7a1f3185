/** Runs the commands of a cluster. */
import type { CachingClient } from '../cache';
import type { CachedExecution, CachingRunner } from '../client/cache/cached-execution';
import { shareFieldsets } from '../client/run/himport';
import type { CommandRunner } from '../client/run/runner';
import { encodeWords, pushWords, takeEncoded } from '../client/encoding/encoded-command';
import type { CommandOptions } from '../client/options/command-options';
import { ErrorReply, describeRoute, refusedCommand, isError } from '../errors';
import { FLAG_MOVABLE, FLAG_READ } from '../wire/boundary.generated';
import { CallLimits } from '../wire/call-limits';
import type { LinkRequests, PartRequests } from '../wire/client-link';
import type { Command } from '../wire/command';
import type { RedisArgument } from '../wire/command-parser';
import type { CommandEncoder } from '../wire/encoder';
import { engine } from '../wire/engine';
import { hashSlotOf } from '../wire/hash-slot';
import type { EncodedCommand } from '../wire/link-types';
import type { ReadCandidate, ReadFromFunction } from '../wire/read-from';
import type { ClusterCore } from './core';
import { readFlags } from './multi';
import type { ClusterNode } from './node';
import { checkReadFrom } from './options';
import type { ClusterExecutor } from './routing/executor';
import type { FieldsetExecutor } from './routing/himport';
import type { NodeClient } from './routing/owner';
import type { Route } from './routing/route';
import { routeIn } from './routing/routes';
import { VirtualCursors } from './routing/virtual-cursors';

/** Errors of commands that a node has not run, because of the state of the cluster. */
const NOT_RUN: ReadonlySet<string | undefined> = new Set(['MOVED', 'ASK', 'TRYAGAIN', 'CLUSTERDOWN', 'LOADING', 'MASTERDOWN']);

/** The parts of a runner. */
export interface ClusterRunnerParts {
  readonly core: ClusterCore;
  readonly client: CachingClient;
  /** The command options that the cluster was created with. */
  readonly commandOptions: CommandOptions;
  readonly cache: CachedExecution | undefined;
}

/** See the module's comment. */
export class ClusterRunner implements CommandRunner, CachingRunner, ClusterExecutor<ClusterNode>, FieldsetExecutor<ClusterNode> {
  readonly client: CachingClient;
  readonly commandOptions: CommandOptions;
  /** Clusters have one database. */
  readonly database = 0;
  readonly cursors = new VirtualCursors();
  readonly #core: ClusterCore;
  readonly #cache: CachedExecution | undefined;

  constructor({ core, client, commandOptions, cache }: ClusterRunnerParts) {
    this.client = client;
    this.commandOptions = commandOptions;
    this.#core = core;
    this.#cache = cache;
  }

  get requests(): LinkRequests {
    return this.#core.requests;
  }

  get parts(): PartRequests {
    return this.#core.requests;
  }

  get caches(): boolean {
    return this.#cache !== undefined;
  }

  get primaries(): readonly ClusterNode[] {
    return this.#core.topology.masters;
  }

  get nodes(): readonly ClusterNode[] {
    const { masters, replicas } = this.#core.topology;
    return [...masters, ...replicas];
  }

  get layoutVersion(): number {
    return this.#core.topology.version;
  }

  primaryOf(slot: number): ClusterNode | undefined {
    return this.#core.topology.slots[slot]?.master;
  }

  randomPrimary(): ClusterNode | undefined {
    return this.#core.topology.anyPrimary();
  }

  get mostRedirections(): number {
    return this.#core.options.mostRedirections;
  }

  clientOf(node: ClusterNode): NodeClient {
    const client = node.opened();
    shareFieldsets(this.client as unknown as { readonly _self: object }, client);
    return client;
  }

  nodeAt(host: string, port: number): ClusterNode | undefined {
    return this.#core.nodeAt(host, port);
  }

  refresh(): void {
    this.#core.refresh();
  }

  /** The link as the cache sees it. Commands of a cluster change no session that the cache would have to know of. */
  get link(): CachingRunner['link'] {
    return { isReady: this.#core.isReady, untrack: () => undefined };
  }

  begin(keyPrefix?: RedisArgument): CommandEncoder {
    return engine().begin(keyPrefix);
  }

  /** Runs the command in the encoder on the node of its slot. */
  run(encoder: CommandEncoder, command: Command | undefined, options: CommandOptions, name?: string): Promise<unknown> {
    if (this.#chooses(options)) return this.#taken(encoder, command, (encoded) => this.send(encoded, options));
    if (this.#cache === undefined || command === undefined) return this.#core.requests.submit(encoder, command, options, name);
    if (options.cache !== undefined) return this.#runWished(this.#cache, encoder, command, options);
    return this.#cache.run(this, encoder, command, options) ?? this.#core.requests.submit(encoder, command, options, name);
  }

  /**
   * Runs a read whose caller says how the cache is used. It may go behind CLIENT CACHING, in a chain that no server may send elsewhere:
   * if the slot is elsewhere, the read is sent again without it.
   */
  #runWished(cache: CachedExecution, encoder: CommandEncoder, command: Command, options: CommandOptions): Promise<unknown> {
    return this.#taken(encoder, command, (encoded) => {
      const limits = new CallLimits(encoded.name, options);
      const reply = cache.run(this, encoder, command, limits.next());
      if (reply === undefined) return this.#core.requests.submit(encoder, command, options);
      return reply.catch((error: unknown) => {
        if (error instanceof ErrorReply && NOT_RUN.has(error.kind)) return this.send(encoded, limits.next());
        throw error;
      });
    });
  }

  /** Runs the command in the encoder on the nodes that its policies demand. @param command `undefined` for words */
  runRouted(route: Route, encoder: CommandEncoder, command: Command | undefined, options: CommandOptions): Promise<unknown> {
    if (this.#cache === undefined || !this.#core.isReady) return route.run(this, encoder, command, options);
    let encoded: EncodedCommand;
    try {
      encoded = takeEncoded(encoder, command);
    } catch (error) {
      return Promise.reject(error as Error);
    }
    const reply = route.run(this, encoder, command, options);
    this.#cache.sentChain(this, [encoded], [reply], false);
    return reply;
  }

  /** Like {@link runRouted}, for a command whose route depends on its words. */
  runAny(encoder: CommandEncoder, command: Command | undefined, options: CommandOptions): Promise<unknown> {
    const route = routeIn(encoder, command);
    return route === undefined ? this.run(encoder, command, options) : this.runRouted(route, encoder, command, options);
  }

  /** Runs an encoded command. @throws Error if it is refused */
  runEncoded(command: EncodedCommand, options: CommandOptions): Promise<unknown> {
    return this.runChain([command], options)[0] as Promise<unknown>;
  }

  /** Runs commands of one slot as one chain. @throws Error if they are refused */
  runChain(commands: readonly EncodedCommand[], options: CommandOptions): Promise<unknown>[] {
    const replies = this.#core.requests.submitChain(commands, options);
    this.#cache?.sentChain(this, commands, replies, false);
    return replies;
  }

  /** Runs a command given as words. */
  runWords(words: readonly RedisArgument[], command: Command | undefined, options: CommandOptions): Promise<unknown> {
    try {
      return this.send(encodeWords(words, command), options);
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }

  /** Runs an encoded command on the node of its slot. */
  send(encoded: EncodedCommand, options: CommandOptions): Promise<unknown> {
    try {
      const choose = (encoded.flags & FLAG_READ) === 0 ? undefined : this.#chooser(options);
      const node = choose && this.#chosen(choose, encoded);
      if (node === undefined) return this.runEncoded(encoded, options);
      return this.sendTo(node, { ...encoded, flags: encoded.flags | FLAG_MOVABLE }, options);
    } catch (error) {
      return Promise.reject(refusedCommand(error as Error, encoded.name));
    }
  }

  /** Sends an encoded command to a node, or to what has its address now. */
  async sendTo(node: ClusterNode, encoded: EncodedCommand, options: CommandOptions): Promise<unknown> {
    const present = this.#core.topology.present(node);
    try {
      return await present.submitChain([encoded], options)[0];
    } catch (error) {
      throw isError(error) && !('node' in error) ? describeRoute(error, { node: present.address }) : error;
    }
  }

  /** Runs a command given as words. @param isReadonly whether a replica may run it; `undefined` if that follows from the command */
  sendWords(firstKey: RedisArgument | undefined, isReadonly: boolean | undefined, words: readonly RedisArgument[], options: CommandOptions): Promise<unknown> {
    try {
      const encoder = this.begin();
      pushWords(encoder, words);
      if (firstKey !== undefined) encoder.markRoutingKey(firstKey);
      const route = routeIn(encoder, undefined);
      if (route !== undefined) return this.runRouted(route, encoder, undefined, isReadonly === false ? { ...options, readFrom: 'primary' } : options);
      const encoded = takeEncoded(encoder, undefined);
      const flags = readFlags(isReadonly, encoded.name);
      return this.send(flags === undefined ? encoded : { ...encoded, flags }, options);
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }

  /** Whether a function chooses the nodes of reads, or the options must be checked. */
  #chooses({ readFrom }: CommandOptions): boolean {
    return this.#core.options.chooseNode !== undefined || readFrom !== undefined;
  }

  /** @throws TypeError for an invalid `readFrom` */
  #chooser({ readFrom }: CommandOptions): ReadFromFunction | undefined {
    if (readFrom === undefined) return this.#core.options.chooseNode;
    checkReadFrom(readFrom);
    return typeof readFrom === 'function' ? readFrom : undefined;
  }

  #chosen(choose: ReadFromFunction, encoded: EncodedCommand): ClusterNode | undefined {
    const nodes = this.#core.topology.nodesOf(hashSlotOf(encoded));
    if (nodes.length === 0) return undefined;
    const candidates = nodes.map(({ address, host, port, readonly: isReplica }): ReadCandidate => ({ address, host, port, isReplica }));
    return nodes[choose(candidates, encoded.name)];
  }

  #taken(encoder: CommandEncoder, command: Command | undefined, send: (encoded: EncodedCommand) => Promise<unknown>): Promise<unknown> {
    try {
      return send(takeEncoded(encoder, command));
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }
}
