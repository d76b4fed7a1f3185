/** A connection that carries subscriptions of a cluster. It has one life: when it is lost, its subscriptions look for another one. */
import { makeClient, type RedisClient } from '../../client/api/redis-client';
import type { AnyRedisClientOptions } from '../../client/options/option-types';
import type { Channel, PubSubListener, PubSubType } from '../../client/pubsub/pubsub-listeners';
import { DisconnectsClientError } from '../../errors';
import type { ClusterNode } from '../node';

/** Interval of the PINGs that find out whether the server is still there, and how long one may take. */
const PING_INTERVAL = 1000; // ms
const PING_LIMIT = 3000; // ms

/** What a seat reports. */
export interface SeatOwner {
  /** A message. @param name the channel or pattern that was subscribed to */
  message(seat: Seat, type: PubSubType, name: string, message: Buffer, channel: Buffer): void;
  /** The server ended the subscription to a sharded channel, as its slot has moved. */
  moved(seat: Seat, channel: string): void;
  lost(seat: Seat): void;
}

/** See the module's comment. */
export class Seat {
  readonly node: ClusterNode;
  readonly client: RedisClient;
  /** Resolves when it is connected. */
  readonly ready: Promise<unknown>;
  readonly #owner: SeatOwner;
  readonly #heartbeat: NodeJS.Timeout;
  readonly #listeners = new Map<string, PubSubListener<true>>();
  #isLost = false;
  #hasServed = false;

  constructor(node: ClusterNode, options: AnyRedisClientOptions, owner: SeatOwner) {
    this.node = node;
    this.#owner = owner;
    this.client = makeClient({
      ...options,
      socket: { ...options.socket, reconnectStrategy: false, reconnectionStrategy: undefined },
      commandOptions: { timeout: 0 },
      clientSideCache: undefined,
      emitInvalidate: undefined,
      pingInterval: undefined,
      readonly: false,
    });
    this.client.on('error', () => this.#lost());
    this.client.on('end', () => this.#lost());
    this.client.on('sharded-channel-moved', (channel: string) => owner.moved(this, channel));
    this.ready = this.client.connect();
    this.ready.catch(() => this.#lost());
    this.#heartbeat = setInterval(() => this.#ping(), PING_INTERVAL).unref();
  }

  get isLost(): boolean {
    return this.#isLost;
  }

  /** Whether the server has ever acknowledged a subscription. */
  get hasServed(): boolean {
    return this.#hasServed;
  }

  /** Subscribes to channels or patterns; sharded channels must be of one slot. */
  async subscribe(type: PubSubType, channels: readonly Channel[]): Promise<void> {
    await this.ready;
    if (this.#isLost) throw new DisconnectsClientError();
    await this.client._subscriptions.extendType(type, new Map(channels.map((channel) =>
      [channel, { unsubscribing: false, buffers: new Set([this.#listenerOf(type, channel.toString())]), strings: new Set() }])));
    this.#hasServed = true;
  }

  /** A listener for each name, as messages of patterns do not tell the pattern; always the same one, so that it is called once. */
  #listenerOf(type: PubSubType, name: string): PubSubListener<true> {
    const key = `${type}:${name}`;
    let listener = this.#listeners.get(key);
    if (listener === undefined) {
      listener = (message, channel) => this.#owner.message(this, type, name, message, channel);
      this.#listeners.set(key, listener);
    }
    return listener;
  }

  /** Ends subscriptions. The loss of the connection ends them, too. */
  unsubscribe(type: PubSubType, channels: readonly Channel[]): Promise<void> {
    for (const channel of channels) this.#listeners.delete(`${type}:${channel.toString()}`);
    if (this.#isLost) return Promise.resolve();
    return this.client._subscriptions.unsubscribe(type, channels).catch((error: unknown) => {
      if (!this.#isLost) throw error;
    });
  }

  /** Closes the connection. */
  leave(): void {
    this.#isLost = true;
    clearInterval(this.#heartbeat);
    if (this.client.isOpen) this.client.destroy();
  }

  #ping(): void {
    if (!this.client.isReady) return;
    this.client._sendWords(['PING'], undefined, { deadline: PING_LIMIT }).catch(() => this.#lost());
  }

  #lost(): void {
    if (this.#isLost) return;
    this.leave();
    this.#owner.lost(this);
  }
}
