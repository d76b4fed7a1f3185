/**
 * Pub/sub of a cluster. Listeners stay in one table; the subscriptions on servers move: channels and patterns from node to node when
 * one is lost, sharded channels with the owner of their slot.
 */
import { Context } from '../../context';
import { ErrorReply, plainError, thrownError } from '../../errors';
import { ListenerTable, type Channel, type ChannelListeners, type PubSubType } from '../../client/pubsub/pubsub-listeners';
import { channelList } from '../../client/pubsub/subscriptions';
import type { ClusterCore } from '../core';
import type { Seat, SeatOwner } from './seat';
import { Seats } from './seats';
import { Subscription, subscriptionKey } from './subscription';

/** Pause between attempts to place subscriptions that no node would take. It doubles up to the longest one. */
const FIRST_PAUSE = 20; // ms
const LONGEST_PAUSE = 150; // ms

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
  readonly #seats: Seats;
  /** Subscriptions will be placed at the end of this tick, so that those of one tick share commands. */
  #isScheduled = false;
  /** Runs until the next attempt to place what no node would take. */
  #retry: NodeJS.Timeout | undefined;
  #pause = FIRST_PAUSE;

  constructor(core: ClusterCore, reports: SubscriptionsReports) {
    this.#core = core;
    this.#reports = reports;
    this.#seats = new Seats(core, this);
  }

  /** The connection of channels and patterns. */
  get sharedSeat(): Seat | undefined {
    return this.#seats.shared;
  }

  async subscribe(type: PubSubType, channels: Channel | readonly Channel[], listener: unknown, bufferMode = false): Promise<void> {
    const names = channelList(channels);
    if (names instanceof Error) throw names;
    if (!this.#core.isReady) throw this.#core.requests.closedError();
    const context = new Context();
    const waiting = names.map((channel) => {
      this.#table.add(type, channel, listener, bufferMode, context);
      return this.#subscription(type, channel).placed;
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
    const bySeat = new Map<Seat, Channel[]>();
    for (const name of ended) {
      const subscription = this.#forget(type, name);
      for (const seat of new Set([subscription?.seat, subscription?.next])) {
        if (seat !== undefined) bySeat.set(seat, [...(bySeat.get(seat) ?? []), (subscription as Subscription).channel]);
      }
    }
    try {
      await Promise.all([...bySeat].map(([seat, of]) => seat.unsubscribe(type, of)));
    } finally {
      this.#leaveUnused();
    }
  }

  /** Looks whether subscriptions must move, as the owners of slots have changed. */
  topologyChanged(): void {
    this.#seats.topologyChanged(() => this.#place());
    this.#pause = FIRST_PAUSE;
    this.#place();
  }

  /** The cluster closes: drops everything. @param error for those who wait for a subscription */
  end(error: Error): void {
    for (const subscription of this.#all.values()) subscription.fail(error);
    this.#all.clear();
    this.#table.clear();
    this.#seats.end();
    clearTimeout(this.#retry);
    this.#retry = undefined;
  }

  // What seats report.

  message(seat: Seat, type: PubSubType, name: string, message: Buffer, channel: Buffer): void {
    const subscription = this.#all.get(subscriptionKey(type, name));
    // The server has acknowledged it: that is told a moment later.
    if (subscription?.next === seat) this.#tookOver(subscription);
    if (subscription?.seat !== seat ) return;
    this.#table.deliver(type, name, channel, message, (error) => this.#reports.report('error', thrownError(error)));
  }

  moved(seat: Seat, channel: string): void {
    const subscription = this.#all.get(subscriptionKey('SHARDED', channel));
    if (subscription === undefined || !subscription.uses(seat)) return;
    subscription.ended(seat);
    this.#core.refresh();
    this.#place();
  }

  lost(seat: Seat): void {
    this.#seats.forget(seat);
    for (const subscription of this.#all.values()) subscription.leave(seat);
    // Servers that refuse connections are not tried at full speed.
    if (seat.hasServed) this.#place();
    else this.#tryAgain();
  }

  #subscription(type: PubSubType, channel: Channel): Subscription {
    const key = subscriptionKey(type, channel);
    const subscription = this.#all.get(key) ?? new Subscription(type, channel);
    this.#all.set(key, subscription);
    return subscription;
  }

  #forget(type: PubSubType, channel: Channel): Subscription | undefined {
    const key = subscriptionKey(type, channel);
    const subscription = this.#all.get(key);
    this.#all.delete(key);
    subscription?.settle();
    return subscription;
  }

  #leaveUnused(): void {
    this.#seats.leaveUnused(this.#all.values());
  }

  #place(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    queueMicrotask(() => {
      this.#isScheduled = false;
      if (this.#core.isReady) this.#placeAll();
    });
  }

  /** Subscribes to what has no place, or one where it does not belong. */
  #placeAll(): void {
    const groups = new Map<string, [Seat, Subscription[]]>();
    let isLacking = false;
    for (const subscription of this.#all.values()) {
      if (subscription.next !== undefined || !this.#seats.isAstray(subscription)) continue;
      const seat = this.#seats.placeOf(subscription);
      if (seat === undefined) {
        isLacking ||= subscription.seat === undefined;
        continue;
      }
      subscription.next = seat;
      // A command takes the sharded channels of one slot.
      const name = `${subscription.type}:${subscription.slot}`;
      const group = groups.get(name);
      if (group === undefined) groups.set(name, [seat, [subscription]]);
      else group[1].push(subscription);
    }
    for (const [seat, group] of groups.values()) void this.#placeAt(seat, group);
    if (isLacking) this.#tryAgain();
    this.#leaveUnused();
  }

  /** Places after a pause what no node would take, and reads the layout anew until then. */
  #tryAgain(): void {
    if (this.#retry !== undefined || !this.#core.isReady) return;
    this.#core.refresh();
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      this.#place();
    }, this.#pause);
    this.#pause = Math.min(2 * this.#pause, LONGEST_PAUSE);
  }

  async #placeAt(seat: Seat, group: readonly Subscription[]): Promise<void> {
    const { type } = group[0] as Subscription;
    try {
      await seat.subscribe(type, group.map(({ channel }) => channel));
    } catch (error) {
      this.#notPlaced(seat, group, error);
      return;
    }
    this.#pause = FIRST_PAUSE;
    for (const subscription of group) {
      if (!this.#isWanted(subscription)) this.#withdraw(seat, subscription);
      else if (subscription.next === seat) this.#tookOver(subscription);
      else if (!subscription.uses(seat)) this.#withdraw(seat, subscription);
    }
    this.#leaveUnused();
  }

  #isWanted(subscription: Subscription): boolean {
    return this.#all.get(subscription.key) === subscription;
  }

  /** Its next connection delivers from now on. */
  #tookOver(subscription: Subscription): void {
    const before = subscription.takeOver();
    if (before !== undefined) this.#withdraw(before, subscription);
  }

  /** Ends a subscription at a connection, unless that is used by another one to the same channel. */
  #withdraw(seat: Seat, { key, type, channel }: Subscription): void {
    if (this.#all.get(key)?.uses(seat) !== true) seat.unsubscribe(type, [channel]).catch(ignore);
  }

  #notPlaced(seat: Seat, group: readonly Subscription[], error: unknown): void {
    const isFinal = !seat.isLost && error instanceof ErrorReply && error.retry === 'never';
    for (const subscription of group) {
      if (!this.#isWanted(subscription) || subscription.next !== seat) continue;
      subscription.leave(seat);
      if (isFinal && subscription.seat === undefined) this.#refused(subscription, thrownError(error));
    }
    this.#tryAgain();
    this.#leaveUnused();
  }

  /** The server does not allow the subscription. */
  #refused(subscription: Subscription, error: Error): void {
    const { type, channel, isNew } = subscription;
    this.#all.delete(subscription.key);
    const listeners = this.#table.removeChannel(type, channel);
    subscription.fail(error);
    if (!isNew) this.#tellRefused(type, channel.toString(), error, listeners);
  }

  #tellRefused(type: PubSubType, name: string, error: Error, listeners: ChannelListeners | undefined): void {
    if (type === 'SHARDED') return this.#reports.report('sharded-channel-moved-error', error, name, listeners);
    const refusal = plainError(`The subscription to "${name}" could not be restored: ${error.message}`, 'OXREDIS_SUBSCRIPTION_REFUSED');
    this.#reports.report('error', Object.defineProperty(refusal, 'cause', { value: error, configurable: true, writable: true }));
  }
}

function ignore(): void {
  // The loss of the connection ends subscriptions, too.
}
