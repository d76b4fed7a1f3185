/**
 * Pub/sub of a cluster. Listeners stay in one table; the subscriptions on servers move: channels and patterns from node to node when
 * one is lost, sharded channels with the owner of their slot.
 */
import { Context } from '../../context';
import { ErrorReply, plainError, thrownError } from '../../errors';
import { ListenerTable, type Channel, type ChannelListeners, type PubSubType } from '../../client/pubsub/pubsub-listeners';
import { channelList } from '../../client/pubsub/subscriptions';
import { hashSlot } from '../../wire/hash-slot';
import type { ClusterCore } from '../core';
import type { ClusterNode } from '../node';
import { Seat, type SeatOwner } from './seat';

/** Pause between attempts to place subscriptions that no node would take. It doubles up to the longest one. */
const FIRST_PAUSE = 20; // ms
const LONGEST_PAUSE = 150; // ms

/** How long the cluster may be without the node of channels and patterns until they leave it. */
const ABSENCE = 5000; // ms

/** A channel or pattern with listeners, and where it is subscribed to. */
interface Subscription {
  readonly type: PubSubType;
  readonly name: string;
  /** The seat that has it, or is about to: messages of others are not delivered. */
  seat: Seat | undefined;
  /** The server has acknowledged it. */
  isPlaced: boolean;
  readonly done: Promise<void>;
  resolve(): void;
  reject(error: unknown): void;
  /** `subscribe()` still waits. */
  isNew: boolean;
}

/** What the subscriptions report. */
export interface SubscriptionsReports {
  report(event: string, ...args: unknown[]): void;
}

/** See the module's comment. */
export class ClusterSubscriptions implements SeatOwner {
  readonly #core: ClusterCore;
  readonly #reports: SubscriptionsReports;
  readonly #table = new ListenerTable();
  readonly #all = new Map<string, Subscription>();
  /** Seats of sharded channels, by node. */
  readonly #sharded = new Map<ClusterNode, Seat>();
  /** The seat of channels and patterns. */
  #shared: Seat | undefined;
  /** The node that was lost last: another one is preferred. */
  #avoided: ClusterNode | undefined;
  /** Set while the cluster is without the node of the shared seat. */
  #absence: NodeJS.Timeout | undefined;
  #isPlacing = false;
  #wake: (() => void) | undefined;

  constructor(core: ClusterCore, reports: SubscriptionsReports) {
    this.#core = core;
    this.#reports = reports;
  }

  /** The node that channels and patterns are subscribed at. */
  get sharedSeat(): Seat | undefined {
    return this.#shared;
  }

  async subscribe(type: PubSubType, channels: Channel | readonly Channel[], listener: unknown, bufferMode = false): Promise<void> {
    const names = channelList(channels);
    if (names instanceof Error) throw names;
    if (!this.#core.isReady) throw this.#core.requests.closedError();
    const context = new Context();
    const waiting = names.map((name) => {
      this.#table.add(type, name, listener, bufferMode, context);
      return this.#subscription(type, name.toString()).done;
    });
    this.#place();
    await Promise.all(waiting);
  }

  /** Removes a listener from channels; without `listener` all of them; without `channels` those of all channels of the kind. */
  async unsubscribe(type: PubSubType, channels?: Channel | readonly Channel[], listener?: unknown, bufferMode = false): Promise<void> {
    const table = this.#table.listeners[type];
    const names = channels === undefined || channels === null ? [...table.keys()] : channelList(channels);
    if (names instanceof Error) throw names;
    if (!this.#core.isReady) throw this.#core.requests.closedError();
    const ended = listener === undefined || listener === null
      ? names.filter((name) => this.#table.removeChannel(type, name) !== undefined)
      : names.filter((name) => this.#table.remove(type, name, listener, bufferMode));
    const bySeat = new Map<Seat, string[]>();
    for (const name of ended.map(String)) {
      const seat = this.#forget(type, name);
      if (seat !== undefined) bySeat.set(seat, [...(bySeat.get(seat) ?? []), name]);
    }
    await Promise.all([...bySeat].map(([seat, of]) => this.#unsubscribe(seat, type, of)));
  }

  /** Looks whether subscriptions must move, as the owners of slots have changed. */
  topologyChanged(): void {
    const { topology } = this.#core;
    for (const subscription of this.#all.values()) {
      const { seat, type, name } = subscription;
      if (seat !== undefined && type === 'SHARDED' && !topology.serves(seat.node, hashSlot(name))) this.#displace(subscription);
    }
    this.#watchShared();
    this.#leaveEmptySeats();
    this.#wake?.();
    this.#place();
  }

  /**
   * Leaves the node of channels and patterns if the cluster has long been without it. Layouts do not name a primary that has just become
   * a replica, and messages go on there.
   */
  #watchShared(): void {
    const { topology } = this.#core;
    const seat = this.#shared;
    if (seat === undefined || topology.has(seat.node)) {
      clearTimeout(this.#absence);
      this.#absence = undefined;
      return;
    }
    this.#absence ??= setTimeout(() => {
      this.#absence = undefined;
      if (this.#shared !== seat || topology.has(seat.node)) return;
      this.#shared = undefined;
      this.#avoided = seat.node;
      for (const subscription of this.#all.values()) if (subscription.seat === seat) displaced(subscription);
      seat.leave();
      this.#place();
    }, ABSENCE).unref();
  }

  /** The cluster closes: drops everything. @param error for those who wait for a subscription */
  end(error: Error): void {
    for (const { reject } of this.#all.values()) reject(error);
    this.#all.clear();
    clearTimeout(this.#absence);
    this.#absence = undefined;
    this.#table.clear();
    this.#leaveEmptySeats();
    this.#wake?.();
  }

  // What seats report.

  message(seat: Seat, type: PubSubType, name: string, message: Buffer, channel: Buffer): void {
    if (this.#all.get(keyOf(type, name))?.seat !== seat) return;
    this.#table.deliver(type, name, channel, message, (error) => this.#reports.report('error', thrownError(error)));
  }

  moved(seat: Seat, channel: string): void {
    const subscription = this.#all.get(keyOf('SHARDED', channel));
    if (subscription?.seat !== seat) return;
    subscription.seat = undefined;
    subscription.isPlaced = false;
    this.#core.refresh();
    this.#place();
  }

  lost(seat: Seat): void {
    this.#avoided = seat.node;
    if (this.#shared === seat) this.#shared = undefined;
    if (this.#sharded.get(seat.node) === seat) this.#forgetSeat(seat.node);
    for (const subscription of this.#all.values()) if (subscription.seat === seat) displaced(subscription);
    this.#place();
  }

  #subscription(type: PubSubType, name: string): Subscription {
    const key = keyOf(type, name);
    const known = this.#all.get(key);
    if (known !== undefined) return known;
    let resolve!: () => void;
    let reject!: (error: unknown) => void;
    const done = new Promise<void>((onResolve, onReject) => {
      resolve = onResolve;
      reject = onReject;
    });
    done.catch(ignore);
    const subscription: Subscription = { type, name, seat: undefined, isPlaced: false, done, resolve, reject, isNew: true };
    this.#all.set(key, subscription);
    return subscription;
  }

  /** Forgets a subscription. @returns the seat that it must be ended at */
  #forget(type: PubSubType, name: string): Seat | undefined {
    const key = keyOf(type, name);
    const subscription = this.#all.get(key);
    this.#all.delete(key);
    subscription?.resolve();
    return subscription?.seat;
  }

  async #unsubscribe(seat: Seat, type: PubSubType, names: readonly string[]): Promise<void> {
    try {
      await seat.unsubscribe(type, names);
    } finally {
      this.#leaveEmptySeats();
    }
  }

  /** Ends a subscription where it is; messages that still come from there are not delivered. */
  #displace(subscription: Subscription): void {
    const { seat, type, name } = subscription;
    displaced(subscription);
    seat?.unsubscribe(type, [name]).catch(ignore);
  }

  #forgetSeat(node: ClusterNode): void {
    this.#sharded.delete(node);
    node.pubSub = undefined;
  }

  #leaveEmptySeats(): void {
    const used = new Set([...this.#all.values()].map(({ seat }) => seat));
    for (const [node, seat] of this.#sharded) {
      if (used.has(seat)) continue;
      this.#forgetSeat(node);
      seat.leave();
    }
    if (this.#shared === undefined || used.has(this.#shared)) return;
    this.#shared.leave();
    this.#shared = undefined;
  }

  #place(): void {
    if (this.#isPlacing) return;
    this.#isPlacing = true;
    this.#placeAll().catch((error: unknown) => this.#reports.report('error', error)).finally(() => {
      this.#isPlacing = false;
      if (this.#homeless().length > 0 && this.#core.isReady) this.#place();
    });
  }

  #homeless(): Subscription[] {
    return [...this.#all.values()].filter(({ isPlaced, seat }) => !isPlaced && seat === undefined);
  }

  /** Places subscriptions until all have a seat, or the cluster is closed. */
  async #placeAll(): Promise<void> {
    let pause = FIRST_PAUSE;
    // What is issued in one tick is subscribed together.
    await Promise.resolve();
    for (let homeless = this.#homeless(); homeless.length > 0 && this.#core.isReady; homeless = this.#homeless()) {
      await Promise.all(this.#groups(homeless).map(([seat, group]) => this.#placeAt(seat, group)));
      if (this.#homeless().length === 0) continue;
      this.#core.refresh();
      await this.#pause(pause);
      pause = Math.min(2 * pause, LONGEST_PAUSE);
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Subscriptions that one command can make. */
  #groups(homeless: readonly Subscription[]): [Seat, Subscription[]][] {
    const groups = new Map<string, [Seat, Subscription[]]>();
    for (const subscription of homeless) {
      const { type, name } = subscription;
      const slot = type === 'SHARDED' ? hashSlot(name) : -1;
      const seat = type === 'SHARDED' ? this.#shardedSeat(slot) : this.#sharedSeat();
      if (seat === undefined) continue;
      subscription.seat = seat;
      const group = groups.get(`${type}:${slot}`);
      if (group === undefined) groups.set(`${type}:${slot}`, [seat, [subscription]]);
      else group[1].push(subscription);
    }
    return [...groups.values()];
  }

  #shardedSeat(slot: number): Seat | undefined {
    const node = this.#core.topology.slots[slot]?.master;
    if (node === undefined) return undefined;
    const known = this.#sharded.get(node);
    if (known !== undefined) return known;
    const seat = new Seat(node, this.#core.directOptions(node), this);
    this.#sharded.set(node, seat);
    node.pubSub = { client: seat.client, connectPromise: undefined };
    return seat;
  }

  #sharedSeat(): Seat | undefined {
    if (this.#shared !== undefined) return this.#shared;
    const node = this.#core.topology.anyNode(this.#avoided);
    if (node === undefined) return undefined;
    this.#shared = new Seat(node, this.#core.directOptions(node), this);
    return this.#shared;
  }

  async #placeAt(seat: Seat, group: readonly Subscription[]): Promise<void> {
    const [first] = group as [Subscription, ...Subscription[]];
    try {
      await seat.subscribe(first.type, group.map(({ name }) => name));
      for (const subscription of group) this.#placed(seat, subscription);
    } catch (error) {
      this.#notPlaced(seat, group, error);
    }
  }

  #placed(seat: Seat, subscription: Subscription): void {
    const { type, name } = subscription;
    const isWanted = this.#all.get(keyOf(type, name)) === subscription;
    if (isWanted && subscription.seat === seat) {
      subscription.isPlaced = true;
      subscription.isNew = false;
      subscription.resolve();
    } else if (!isWanted || subscription.seat !== undefined) {
      seat.unsubscribe(type, [name]).catch(ignore);
    }
  }

  #notPlaced(seat: Seat, group: readonly Subscription[], error: unknown): void {
    const isFinal = !seat.isLost && error instanceof ErrorReply && error.retry === 'never';
    for (const subscription of group) {
      if (subscription.seat !== seat) continue;
      displaced(subscription);
      if (isFinal) this.#refused(subscription, thrownError(error));
    }
  }

  /** The server does not allow the subscription. */
  #refused(subscription: Subscription, error: Error): void {
    const { type, name, isNew } = subscription;
    this.#all.delete(keyOf(type, name));
    const listeners = this.#table.removeChannel(type, name);
    subscription.reject(error);
    if (!isNew) this.#tellRefused(type, name, error, listeners);
  }

  #tellRefused(type: PubSubType, name: string, error: Error, listeners: ChannelListeners | undefined): void {
    if (type === 'SHARDED') return this.#reports.report('sharded-channel-moved-error', error, name, listeners);
    const refusal = plainError(`The subscription to "${name}" could not be restored: ${error.message}`, 'OXREDIS_SUBSCRIPTION_REFUSED');
    this.#reports.report('error', Object.defineProperty(refusal, 'cause', { value: error, configurable: true, writable: true }));
  }
}

function displaced(subscription: Subscription): void {
  subscription.seat = undefined;
  subscription.isPlaced = false;
}

function keyOf(type: PubSubType, name: string): string {
  return `${type}:${name}`;
}

function ignore(): void {
  // The loss of the connection ends subscriptions, too; who waits is told by `subscribe()`.
}
