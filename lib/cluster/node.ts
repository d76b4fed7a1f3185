/** A node of a cluster: its native link, which the engine opens and closes, and the client on that link. */
import { makeClient, type RedisClient } from '../client/api/redis-client';
import type { CommandOptions } from '../client/options/command-options';
import type { AnyRedisClientOptions } from '../client/options/option-types';
import { ClientClosedError, DisconnectsClientError, thrownError } from '../errors';
import { NativeEvent, type PushKind } from '../wire/boundary.generated';
import type { AnnouncedNode } from '../wire/cluster-handle';
import type { TapeReader } from '../wire/decoder';
import { engine, type LinkListener } from '../wire/engine';
import { EngineLink } from '../wire/link';
import type { EncodedCommand, Endpoint, LinkHandlers, LinkOptions } from '../wire/link-types';
import type { MaintenanceNotice } from '../wire/maintenance';
import type { NodeAddress } from './types';

/** What is told of nodes, as events of the cluster. */
export type NodeEvent = 'node-connect' | 'node-ready' | 'node-reconnecting' | 'node-error' | 'node-disconnect';

/** The cluster, as its nodes see it. */
export interface NodeOwner {
  /** Commands are accepted, or will be when the cluster has connected. */
  readonly isOpen: boolean;
  /** Runs in the async context of the cluster's `connect()`. */
  run<T>(run: () => T): T;
  /** Options of the client of a node. */
  clientOptions(node: ClusterNode): AnyRedisClientOptions;
  /** Whether nodes may be elsewhere than the cluster announces. */
  readonly mapsAddresses: boolean;
  /** Where to connect to, if that is not the announced address. @throws what the function of the user throws */
  mapAddress(address: string): NodeAddress | undefined;
  /** Connects a native link that the engine did not need before. */
  openNode(link: number): void;
  /** Reports an event. `error` comes before the commands fail that the lost connection costs. */
  happened(event: NodeEvent, node: ClusterNode, error?: Error): void;
  /** The server has announced maintenance, or its end. */
  maintenance(notice: MaintenanceNotice, node: ClusterNode): void;
  /** Limits are relaxed at a node because of maintenance (`true`), or no longer are. */
  relaxed(isRelaxed: boolean, node: ClusterNode): void;
  /** The server speaks RESP2 only. */
  fellBack(reason: Error): void;
}

/** Whether the first attempt to connect has failed. */
interface Verdict {
  readonly error: Error | undefined;
}

/** See the module's comment. The fields are those of npm `redis`. */
export class ClusterNode {
  readonly host: string;
  readonly port: number;
  /** `host:port` as the cluster announces it. */
  readonly address: string;
  /** The name of the node within the cluster. */
  readonly id: string;
  /** Whether it is a replica. Changes with failovers. */
  readonly: boolean;
  /** The client, if the node was ever connected to. */
  client: RedisClient | undefined;
  /** Resolves to the client when it is connected; `undefined` before the first attempt and after it. */
  connectPromise: Promise<RedisClient> | undefined;
  /** The client on which the sharded channels of its slots are subscribed, if there are any. */
  pubSub: { readonly client: RedisClient; readonly connectPromise: undefined } | undefined;
  readonly #owner: NodeOwner;
  #lastError: Error | undefined;
  /** The id of the native link; -1 after its end. */
  #link: number;
  #where: NodeAddress | undefined;
  #connecting: Promise<RedisClient> | undefined;
  #isLeaving = false;
  #judge!: (verdict: Verdict) => void;
  readonly #verdict = new Promise<Verdict>((resolve) => {
    this.#judge = resolve;
  });

  /** @param link the id of its native link */
  constructor(owner: NodeOwner, { host, port, id }: AnnouncedNode, link: number, isReplica: boolean) {
    this.host = host;
    this.port = port;
    this.address = `${host}:${port}`;
    this.id = id;
    this.readonly = isReplica;
    this.#owner = owner;
    this.#link = link;
    // The client is made when the engine begins to connect: nodes that are not needed cost nothing but this.
    const begin = (): LinkListener => owner.run(() => this.#begin());
    const ended = (): void => {
      this.#link = -1;
      this.#judge({ error: new DisconnectsClientError() });
      engine().detach(link);
    };
    engine().adopt(link, new Dormant(begin, ended));
  }

  /** The last error of its connection; `undefined` while it is connected. No field, since those are the ones of npm `redis`. */
  get lastError(): Error | undefined {
    return this.#lastError;
  }

  /** The id of the native link; -1 if it has ended. */
  get link(): number {
    return this.#link;
  }

  /** Where the node was connected to last; the announced address if it was not. */
  get where(): NodeAddress {
    const { host, port } = this.#where ?? this;
    return { host, port };
  }

  /** Resolves when the first attempt to connect has succeeded or failed, or will not be made any more. */
  get verdict(): Promise<Verdict> {
    return this.#verdict;
  }

  /** Returns the connected client; connects if the node was not needed before. @throws (rejects) ClientClosedError after the node's end */
  async connected(): Promise<RedisClient> {
    if (this.#link < 0) throw new ClientClosedError();
    if (this.client === undefined) {
      this.#owner.run(() => this.#begin());
      this.#owner.openNode(this.#link);
    }
    return this.#connecting as Promise<RedisClient>;
  }

  /** Sends commands together over the node's link, wherever their keys belong. */
  submitChain(commands: readonly EncodedCommand[], options: CommandOptions): Promise<unknown>[] {
    return this.opened()._runner.requests.submitChain(commands, options);
  }

  /** Returns the client, whose commands wait until it is connected; connects if the node was not needed before. */
  opened(): RedisClient {
    if (this.client === undefined) this.#owner.run(() => this.#begin());
    this.#owner.openNode(this.#link);
    return this.client as RedisClient;
  }

  /** The cluster or the engine ends the node's link: the client ends with it. */
  leave(): void {
    const client = this.client;
    this.#isLeaving = true;
    this.#judge({ error: new DisconnectsClientError() });
    if (client?.isOpen === true) client.close().catch(ignore);
  }

  /** Rejects the commands of the client at once. */
  destroy(): void {
    this.#isLeaving = true;
    this.#judge({ error: new DisconnectsClientError() });
    if (this.client?.isOpen === true) this.client.destroy();
  }

  #begin(): NodeLink {
    try {
      this.#locate();
    } catch {
      // It throws again, to be told, when the attempt to connect asks.
    }
    let link: NodeLink | undefined;
    const parts = this.#parts();
    // The client makes its link at once. Duplicates of it have links of their own.
    const newLink = (handlers: LinkHandlers): EngineLink =>
      (link === undefined ? (link = new NodeLink(handlers, parts)) : new EngineLink(handlers));
    const client = makeClient(this.#owner.clientOptions(this), newLink);
    this.client = client;
    this.#listen(client);
    this.#connecting = client.connect().then(() => client);
    this.connectPromise = this.#connecting;
    const settled = (): void => {
      this.connectPromise = undefined;
    };
    this.#connecting.then(settled, (error: unknown) => {
      settled();
      // Told as `node-error`, unless a user has ended the client.
      this.#judge({ error: thrownError(error) });
    });
    return link as unknown as NodeLink;
  }

  /** Looks where the node is now. */
  #locate(): NodeAddress {
    const { host, port } = this.#owner.mapAddress(this.address) ?? this;
    // Ports that come of environment variables are texts, which npm `redis` takes, too.
    this.#where = { host, port: typeof port === 'string' ? Number(port) : port };
    return this.#where;
  }

  #parts(): NodeLinkParts {
    return {
      id: () => this.#link,
      endpoint: this.#owner.mapsAddresses ? () => this.#owner.run(() => this.#locate()) : undefined,
      isEnding: () => this.#isLeaving || !this.#owner.isOpen,
      lost: (error) => {
        this.#lastError = error;
        this.#owner.happened('node-error', this, error);
      },
      relaxed: (isRelaxed) => this.#owner.relaxed(isRelaxed, this),
      ended: () => {
        this.#link = -1;
        this.#owner.relaxed(false, this);
      },
    };
  }

  #listen(client: RedisClient): void {
    const owner = this.#owner;
    client.on('connect', () => owner.happened('node-connect', this));
    client.on('ready', () => {
      this.#lastError = undefined;
      this.#judge({ error: undefined });
      owner.happened('node-ready', this);
    });
    client.on('reconnecting', () => owner.happened('node-reconnecting', this));
    client.on('error', (error: Error) => {
      this.#lastError = error;
      owner.happened('node-error', this, error);
      this.#judge({ error });
    });
    client.on('end', () => owner.happened('node-disconnect', this));
    client.on('maintenance', (notice: MaintenanceNotice) => owner.maintenance(notice, this));
    client.on('resp-fallback', (reason: Error) => owner.fellBack(reason));
  }
}

/** What a node tells its link. */
interface NodeLinkParts {
  /** The id of the native link; -1 if it has ended. */
  id(): number;
  readonly endpoint: (() => Endpoint) | undefined;
  /** The engine is about to end the link, so the client must not. */
  isEnding(): boolean;
  /** The connection was lost while the engine was ending the link. */
  lost(error: Error): void;
  relaxed(isRelaxed: boolean): void;
  ended(): void;
}

/** A link that the engine has opened, and ends, for a node. */
class NodeLink extends EngineLink {
  readonly #parts: NodeLinkParts;

  constructor(handlers: LinkHandlers, parts: NodeLinkParts) {
    super({
      ...handlers,
      lostWhileClosing: (error) => parts.lost(error),
      relaxed: (isRelaxed) => {
        parts.relaxed(isRelaxed);
        handlers.relaxed?.(isRelaxed);
      },
      ended: () => {
        parts.ended();
        handlers.ended();
      },
    });
    this.#parts = parts;
  }

  override open(options: LinkOptions): void {
    const id = this.#parts.id();
    const { endpoint } = this.#parts;
    // A link has one life: a client that was closed by its user does not come back.
    if (id < 0) throw new ClientClosedError();
    this.adopt(id, endpoint === undefined ? options : { ...options, endpoint });
  }

  override close(): void {
    if (this.#parts.isEnding()) this.requests.isOpen = false;
    else super.close();
  }

  override destroy(): void {
    if (this.#parts.isEnding()) this.requests.isOpen = false;
    else super.destroy();
  }
}

/** Listens to a native link that the engine has not begun to connect. The first event makes the client, which listens from then on. */
class Dormant implements LinkListener {
  readonly #begin: () => LinkListener;
  readonly #ended: () => void;

  /** @param ended called in place of `begin` if the link ends before it was ever needed */
  constructor(begin: () => LinkListener, ended: () => void) {
    this.#begin = begin;
    this.#ended = ended;
  }

  onPush(_kind: PushKind, reader: TapeReader): void {
    reader.skip();
  }

  onMonitorLine(reader: TapeReader): void {
    reader.skip();
  }

  onEvent(kind: NativeEvent, a: number, b: number, detail: string): void {
    if (kind === NativeEvent.Ended) this.#ended();
    else this.#begin().onEvent(kind, a, b, detail);
  }
}

function ignore(): void {
  // Told as `node-error`.
}
