/** The table of pub/sub listeners by channel, independent of connections. */
import type { Context } from '../../context';
import { withCode } from '../../errors';

/** The three kinds of subscriptions. */
export const PUBSUB_TYPE = { CHANNELS: 'CHANNELS', PATTERNS: 'PATTERNS', SHARDED: 'SHARDED' } as const;
export type PUBSUB_TYPE = typeof PUBSUB_TYPE;
export type PubSubType = PUBSUB_TYPE[keyof PUBSUB_TYPE];

/** Called for each message: with Buffers in buffer mode, else with strings. For patterns, `channel` is the channel of the message. */
export type PubSubListener<RETURN_BUFFERS extends boolean = false> =
  <T extends RETURN_BUFFERS extends true ? Buffer : string>(message: T, channel: T) => unknown;

/** The listeners of one channel or pattern. */
export interface ChannelListeners {
  /** Always false. Part of the type for compatibility with programs that pass these objects on. */
  unsubscribing: boolean;
  buffers: Set<PubSubListener<true>>;
  strings: Set<PubSubListener<false>>;
}

/** Listeners by channel or pattern. */
export type PubSubTypeListeners = Map<string, ChannelListeners>;
export type PubSubListeners = Record<PubSubType, PubSubTypeListeners>;

type AnyListener = (message: unknown, channel: unknown) => unknown;

/** The async context of each listener, by set. Stored outside of the sets, because programs pass these on. */
const contexts = new WeakMap<Set<unknown>, Map<unknown, Context>>();

/** A channel as the caller gives it. Listeners are stored under its name as a string. */
export type Channel = string | Buffer;

/** The listeners of one client, by kind and channel. */
export class ListenerTable {
  readonly listeners: PubSubListeners = { CHANNELS: new Map(), PATTERNS: new Map(), SHARDED: new Map() };

  /** Whether any channel or pattern has a listener. */
  get isActive(): boolean {
    const { CHANNELS, PATTERNS, SHARDED } = this.listeners;
    return CHANNELS.size + PATTERNS.size + SHARDED.size > 0;
  }

  /** Whether a listener in buffer mode was ever added. */
  wantsBytes = false;

  /** Adds a listener. @param context the async context to run it in @returns whether it is the first one of the channel */
  add(type: PubSubType, channel: Channel, listener: unknown, bufferMode: boolean, context: Context): boolean {
    const [entry, isNew] = this.#entry(type, channel);
    addListener(bufferMode ? entry.buffers : entry.strings, listener, context);
    if (bufferMode) this.wantsBytes = true;
    return isNew;
  }

  /** Adds the listeners that a channel has in another table. @returns whether they are the first ones of the channel */
  extend(type: PubSubType, channel: Channel, { buffers, strings }: ChannelListeners): boolean {
    const [entry, isNew] = this.#entry(type, channel);
    for (const listener of buffers) addListener(entry.buffers, listener, contexts.get(buffers)?.get(listener));
    for (const listener of strings) addListener(entry.strings, listener, contexts.get(strings)?.get(listener));
    if (buffers.size > 0) this.wantsBytes = true;
    return isNew;
  }

  /** Removes a listener. @returns whether it was the last one of its channel, which is then removed too */
  remove(type: PubSubType, channel: Channel, listener: unknown, bufferMode: boolean): boolean {
    const name = channel.toString();
    const entry = this.listeners[type].get(name);
    if (entry === undefined) return false;
    const listeners: Set<unknown> = bufferMode ? entry.buffers : entry.strings;
    listeners.delete(listener);
    contexts.get(listeners)?.delete(listener);
    if (entry.buffers.size + entry.strings.size > 0) return false;
    this.listeners[type].delete(name);
    return true;
  }

  /** Removes a channel. @returns its listeners */
  removeChannel(type: PubSubType, channel: Channel): ChannelListeners | undefined {
    const name = channel.toString();
    const entry = this.listeners[type].get(name);
    this.listeners[type].delete(name);
    return entry;
  }

  /** Removes all channels of one kind, or of all kinds. */
  clear(type?: PubSubType): void {
    if (type !== undefined) return this.listeners[type].clear();
    for (const kind of Object.values(PUBSUB_TYPE)) this.listeners[kind].clear();
  }

  /**
   * Calls the listeners of a message: those in buffer mode first, then the others, in the order of subscription, each in the async
   * context of its subscription.
   *
   * @param key the channel or pattern that was subscribed to
   * @param failed called with what a listener throws; the other listeners are still called
   */
  deliver(type: PubSubType, key: Channel, channel: Channel, message: unknown, failed: (error: unknown) => void): void {
    const entry = this.listeners[type].get(key.toString());
    if (entry === undefined) return;
    if (entry.buffers.size > 0) callAll(entry.buffers, message, channel, failed);
    if (entry.strings.size > 0) callAll(entry.strings, textOf(message), channel.toString(), failed);
  }

  #entry(type: PubSubType, channel: Channel): [entry: ChannelListeners, isNew: boolean] {
    const name = channel.toString();
    const existing = this.listeners[type].get(name);
    if (existing !== undefined) return [existing, false];
    const entry: ChannelListeners = { unsubscribing: false, buffers: new Set(), strings: new Set() };
    this.listeners[type].set(name, entry);
    return [entry, true];
  }
}

/** Adds a listener to a set. A listener that is already in it keeps its context. */
function addListener(listeners: Set<unknown>, listener: unknown, context: Context | undefined): void {
  if (listeners.has(listener)) return;
  listeners.add(listener);
  if (context === undefined) return;
  const known = contexts.get(listeners);
  if (known === undefined) contexts.set(listeners, new Map([[listener, context]]));
  else known.set(listener, context);
}

function callAll(listeners: Set<unknown>, message: unknown, channel: unknown, failed: (error: unknown) => void): void {
  const known = contexts.get(listeners);
  // Iterate over a copy, as a listener may subscribe or unsubscribe.
  for (const listener of [...listeners]) {
    const context = known?.get(listener);
    try {
      if (typeof listener !== 'function') throw withCode(new TypeError('listener is not a function'), 'OXREDIS_INVALID_ARGUMENT');
      if (context === undefined) (listener as AnyListener)(message, channel);
      else context.run(listener as AnyListener, message, channel);
    } catch (error) {
      failed(error);
    }
  }
}

/** Decodes a message. It is a Buffer, or on the channel `__redis__:invalidate` an array of keys, or null for all keys. */
function textOf(message: unknown): unknown {
  if (message instanceof Buffer) return message.toString();
  return Array.isArray(message) ? message.map(textOf) : message;
}
