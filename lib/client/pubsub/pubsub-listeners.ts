/** Who listens to which channel. Knows no connection. */
import type { Context } from '../../context';
import { withCode } from '../../errors';

/** The three kinds of subscriptions. */
export const PUBSUB_TYPE = { CHANNELS: 'CHANNELS', PATTERNS: 'PATTERNS', SHARDED: 'SHARDED' } as const;
export type PUBSUB_TYPE = typeof PUBSUB_TYPE;
export type PubSubType = PUBSUB_TYPE[keyof PUBSUB_TYPE];

/** Called for each message: with Buffers in buffer mode, else with strings. `channel` is the actual one, also for patterns. */
export type PubSubListener<RETURN_BUFFERS extends boolean = false> =
  <T extends RETURN_BUFFERS extends true ? Buffer : string>(message: T, channel: T) => unknown;

/** The listeners of one channel or pattern. */
export interface ChannelListeners {
  /** Always false between calls: kept for programs that pass these objects on. */
  unsubscribing: boolean;
  buffers: Set<PubSubListener<true>>;
  strings: Set<PubSubListener<false>>;
}

/** Listeners by channel or pattern. */
export type PubSubTypeListeners = Map<string, ChannelListeners>;
export type PubSubListeners = Record<PubSubType, PubSubTypeListeners>;

type AnyListener = (message: unknown, channel: unknown) => unknown;

/** The context that each listener of a set runs in. Beside the sets, as programs pass these on. */
const contexts = new WeakMap<Set<unknown>, Map<unknown, Context>>();

/** A channel as it is given: its name as text is what listeners are kept under. */
export type Channel = string | Buffer;

/** The listeners of one client, by kind and channel. */
export class ListenerTable {
  readonly listeners: PubSubListeners = { CHANNELS: new Map(), PATTERNS: new Map(), SHARDED: new Map() };

  /** Whether anything is listened to. */
  get isActive(): boolean {
    const { CHANNELS, PATTERNS, SHARDED } = this.listeners;
    return CHANNELS.size + PATTERNS.size + SHARDED.size > 0;
  }

  /** False as long as no listener was ever added that wants bytes. */
  wantsBytes = false;

  /** Adds one listener. @param context where it runs @returns whether the channel is new */
  add(type: PubSubType, channel: Channel, listener: unknown, bufferMode: boolean, context: Context): boolean {
    const [entry, isNew] = this.#entry(type, channel);
    addListener(bufferMode ? entry.buffers : entry.strings, listener, context);
    if (bufferMode) this.wantsBytes = true;
    return isNew;
  }

  /** Adds all listeners of another table's channel. @returns whether the channel is new */
  extend(type: PubSubType, channel: Channel, { buffers, strings }: ChannelListeners): boolean {
    const [entry, isNew] = this.#entry(type, channel);
    for (const listener of buffers) addListener(entry.buffers, listener, contexts.get(buffers)?.get(listener));
    for (const listener of strings) addListener(entry.strings, listener, contexts.get(strings)?.get(listener));
    if (buffers.size > 0) this.wantsBytes = true;
    return isNew;
  }

  /** Removes a listener. @returns whether it was the last one of its channel, which is removed then */
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

  /** Removes a channel with its listeners. */
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
   * Hands a message to its listeners: those in buffer mode first, then the others, each in the order of subscription and in the
   * context in which it was subscribed.
   *
   * @param key the channel or pattern that was subscribed to
   * @param failed told what a listener threw; the others still get the message
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

/** One that is there keeps the context that it has. */
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
  // A copy: a listener may subscribe or unsubscribe.
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

/** Messages are Buffers, but `__redis__:invalidate` sends a list of keys, or null for all. */
function textOf(message: unknown): unknown {
  if (message instanceof Buffer) return message.toString();
  return Array.isArray(message) ? message.map(textOf) : message;
}
