/** Pub/sub of one client: synchronizes its listeners with the subscriptions on the server. */
import { Context } from '../../context';
import { DisconnectsClientError, describeError, plainError, thrownError } from '../../errors';
import { wordError } from '../../wire/argument-error';
import { PushKind } from '../../wire/boundary.generated';
import type { Link } from '../../wire/client-link';
import {
  ListenerTable, PUBSUB_TYPE, type Channel, type ChannelListeners, type PubSubType, type PubSubTypeListeners,
} from './pubsub-listeners';

/** What subscriptions need of their client. */
export interface SubscriptionsOwner {
  /** The link in use. */
  link(): Link;
  /** Called with what a listener throws. */
  listenerFailed(error: Error): void;
}

interface Waiting {
  /** The channels that it will subscribe to. */
  keys: readonly string[];
  run(link: Link): Promise<void>;
  resolve(done: Promise<void>): void;
}

/**
 * Listeners are added by the call of `subscribe`, before its acknowledgement, so that they miss no message, and removed by the call
 * of `unsubscribe`. Calls on a client that is not open wait until it is.
 */
export class Subscriptions {
  readonly #owner: SubscriptionsOwner;
  readonly #table = new ListenerTable();
  /** Pending acknowledgements by kind and channel. Later subscribers of the channel wait for the same one. */
  readonly #pending = new Map<string, Promise<void>>();
  #waiting: Waiting[] = [];

  constructor(owner: SubscriptionsOwner) {
    this.#owner = owner;
  }

  /** Whether there is any subscription. */
  get isActive(): boolean {
    return this.#table.isActive;
  }

  /** Whether messages may be decoded to strings, as no listener is in buffer mode. */
  get wantsText(): boolean {
    return !this.#table.wantsBytes;
  }

  /** Returns the live map of listeners of one kind. */
  listeners(type: PubSubType): PubSubTypeListeners {
    return this.#table.listeners[type];
  }

  subscribe(type: PubSubType, channels: Channel | readonly Channel[], listener: unknown, bufferMode = false): Promise<void> {
    const names = channelList(channels);
    if (names instanceof Error) return Promise.reject(names);
    const context = new Context();
    return this.#subscribe(type, names, (name) => this.#table.add(type, name, listener, bufferMode, context));
  }

  /** Subscribes to a channel with the listeners that another client had on it. */
  extendChannel(type: PubSubType, channel: Channel, listeners: ChannelListeners): Promise<void> {
    return this.#subscribe(type, [channel], (name) => this.#table.extend(type, name, listeners));
  }

  /** Subscribes to all channels of one kind that another client had, with its listeners. */
  extendType(type: PubSubType, listeners: ReadonlyMap<Channel, ChannelListeners>): Promise<void> {
    return this.#subscribe(type, [...listeners.keys()], (name) =>
      this.#table.extend(type, name, listeners.get(name) as ChannelListeners));
  }

  /**
   * Removes a listener from channels. Without `channels`, ends all subscriptions of the kind; without `listener`, removes all listeners of
   * the channels.
   */
  unsubscribe(type: PubSubType, channels?: Channel | readonly Channel[], listener?: unknown, bufferMode = false): Promise<void> {
    if (channels === undefined || channels === null) {
      this.#table.clear(type);
      return this.#send((link) => link.unsubscribe(type));
    }
    const names = channelList(channels);
    if (names instanceof Error) return Promise.reject(names);
    const ended = listener === undefined || listener === null
      ? names.filter((name) => this.#table.removeChannel(type, name) !== undefined)
      : names.filter((name) => this.#table.remove(type, name, listener, bufferMode));
    if (ended.length === 0) return Promise.resolve();
    return this.#send((link) => link.unsubscribe(type, ended));
  }

  /** Delivers a push of the server to its listeners, if it is a message. */
  deliver(kind: PushKind, push: readonly unknown[]): void {
    const [, first, second, third] = push as [word: unknown, first: Channel, second: Channel, third: unknown];
    switch (kind) {
      case PushKind.Message: return this.#table.deliver('CHANNELS', first, first, second, this.#failed);
      case PushKind.PatternMessage: return this.#table.deliver('PATTERNS', first, second, third, this.#failed);
      case PushKind.ShardedMessage: return this.#table.deliver('SHARDED', first, first, second, this.#failed);
      default:
    }
  }

  /** Handles a subscription that the server refused to restore: removes its listeners, unless a new `subscribe` is pending. */
  refused(type: PubSubType, channel: Channel, reason: Error): void {
    if (!this.#pending.has(keyOf(type, channel))) this.#table.removeChannel(type, channel);
    this.#owner.listenerFailed(refusedSubscription(type, channel, reason));
  }

  /** Handles a sharded subscription that the server ended. @returns its listeners */
  moved(channel: Buffer): ChannelListeners | undefined {
    return this.#table.removeChannel('SHARDED', channel);
  }

  /** Handles the opening of a link: tells it the subscriptions to restore in handshakes, then runs the calls that waited. */
  opened(): void {
    const link = this.#owner.link();
    const waiting = this.#waiting;
    this.#waiting = [];
    const later = new Set(waiting.flatMap(({ keys }) => keys));
    for (const type of Object.values(PUBSUB_TYPE)) {
      const names = [...this.#table.listeners[type].keys()].filter((name) => !later.has(keyOf(type, name)));
      if (names.length > 0) link.setSubscriptions(type, names);
    }
    for (const { run, resolve } of waiting) resolve(run(link));
  }

  /** Handles the destruction of the client: rejects the calls that wait for a connection. */
  destroyed(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { resolve } of waiting) resolve(Promise.reject(new DisconnectsClientError()));
  }

  /** Removes all listeners, as RESET ends all subscriptions on the server. */
  reset(): void {
    this.#table.clear();
    this.#pending.clear();
  }

  readonly #failed = (error: unknown): void => {
    this.#owner.listenerFailed(thrownError(error));
  };

  #subscribe(type: PubSubType, names: readonly Channel[], add: (name: Channel) => boolean): Promise<void> {
    const added = names.filter(add);
    const awaited = names.map((name) => this.#pending.get(keyOf(type, name))).filter((promise) => promise !== undefined);
    if (added.length > 0) awaited.push(this.#acknowledged(type, added));
    if (awaited.length < 2) return awaited[0] ?? Promise.resolve();
    return Promise.all(awaited).then(() => undefined);
  }

  /** Subscribes to channels that had no listeners. Removes their listeners again if the server refuses. */
  #acknowledged(type: PubSubType, names: readonly Channel[]): Promise<void> {
    const entries = names.map((name) => this.#table.listeners[type].get(name.toString()));
    let asked: Link | undefined;
    const subscribe = (link: Link): Promise<void> => {
      asked = link;
      return link.subscribe(type, names);
    };
    const done: Promise<void> = this.#send(subscribe, names.map((name) => keyOf(type, name))).then(
      () => this.#settled(type, names, done),
      (error: unknown) => {
        this.#settled(type, names, done);
        // Skip channels that were unsubscribed and subscribed again meanwhile: that is another subscription.
        const failed = names.filter((name, index) => this.#table.listeners[type].get(name.toString()) === entries[index]);
        for (const name of failed) this.#table.removeChannel(type, name);
        this.#forsake(asked, type, failed);
        throw error;
      },
    );
    for (const name of names) this.#pending.set(keyOf(type, name), done);
    return done;
  }

  /** Ends subscriptions that failed on `asked`, if another link has taken them over meanwhile. */
  #forsake(asked: Link | undefined, type: PubSubType, names: readonly Channel[]): void {
    const link = this.#owner.link();
    if (asked === undefined || asked === link || !link.isOpen || names.length === 0) return;
    link.unsubscribe(type, names).catch(ignore);
  }

  #settled(type: PubSubType, names: readonly Channel[], done: Promise<void>): void {
    for (const name of names) {
      const key = keyOf(type, name);
      if (this.#pending.get(key) === done) this.#pending.delete(key);
    }
  }

  /** Runs a call now, or when the client is open. @param keys the channels that it subscribes to */
  #send(run: (link: Link) => Promise<void>, keys: readonly string[] = []): Promise<void> {
    const link = this.#owner.link();
    if (link.isOpen) return run(link);
    return new Promise((resolve) => this.#waiting.push({ keys, run, resolve }));
  }
}

/** Ignores a failure to unsubscribe: the loss of the connection has ended the subscription too. */
const ignore = (): void => undefined;

/** Returns an error with code `OXREDIS_SUBSCRIPTION_REFUSED` whose cause is the server's error. */
function refusedSubscription(type: PubSubType, channel: Channel, reason: Error): Error {
  const name = channel.toString();
  const error = plainError(`The subscription to ${WORDS[type]} "${name}" could not be restored: ${reason.message}`, 'OXREDIS_SUBSCRIPTION_REFUSED');
  return describeError(error, { cause: reason });
}

const WORDS: Record<PubSubType, string> = { CHANNELS: 'channel', PATTERNS: 'pattern', SHARDED: 'sharded channel' };

function keyOf(type: PubSubType, name: Channel): string {
  return `${type}:${name.toString()}`;
}

/** Checks names of channels before they are added to the table. Returns the same error as for other invalid arguments. */
export function channelList(channels: Channel | readonly Channel[]): readonly Channel[] | TypeError {
  const names: readonly unknown[] = Array.isArray(channels) ? channels : [channels];
  const bad = names.findIndex((name) => typeof name !== 'string' && !(name instanceof Buffer));
  if (bad < 0) return names as readonly Channel[];
  return wordError(bad + 1, names[bad], undefined);
}
