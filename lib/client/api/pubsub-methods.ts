/** The pub/sub methods of a client, for `mixIn`. */
import { aliasUpperCase } from './mixin';
import type { Channel, ChannelListeners, PubSubListener, PubSubType, PubSubTypeListeners } from '../pubsub/pubsub-listeners';
import type { Subscriptions } from '../pubsub/subscriptions';

type Channels = Channel | readonly Channel[];

/** Subscribing and unsubscribing. All of it works before `connect()` too: it is sent as soon as the client is open. */
export abstract class PubSubMethods {
  /** @internal */
  declare readonly _self: { readonly _subscriptions: Subscriptions };

  /** Whether anything is subscribed to. */
  get isPubSubActive(): boolean {
    return this._self._subscriptions.isActive;
  }

  /**
   * Subscribes a listener to channels. Several listeners may listen to one channel; the same one is kept once.
   *
   * @param channels one channel or several
   * @param listener called with message and channel: strings, or Buffers in buffer mode
   * @param bufferMode true for Buffers; such listeners are called before the others
   * @returns resolves when the server has acknowledged it
   */
  subscribe<T extends boolean = false>(channels: Channels, listener: PubSubListener<T>, bufferMode?: T): Promise<void> {
    return this._self._subscriptions.subscribe('CHANNELS', channels, listener, bufferMode);
  }

  /** Removes a listener from channels, or all listeners of channels, or (without arguments) all channels. Unknown ones are ignored. */
  unsubscribe<T extends boolean = false>(channels?: Channels, listener?: PubSubListener<T>, bufferMode?: T): Promise<void> {
    return this._self._subscriptions.unsubscribe('CHANNELS', channels, listener, bufferMode);
  }

  /** Subscribes a listener to glob-style patterns; it is called with the message and the channel it came from. See `subscribe`. */
  pSubscribe<T extends boolean = false>(patterns: Channels, listener: PubSubListener<T>, bufferMode?: T): Promise<void> {
    return this._self._subscriptions.subscribe('PATTERNS', patterns, listener, bufferMode);
  }

  /** Removes a listener from patterns, or all listeners of patterns, or (without arguments) all patterns. */
  pUnsubscribe<T extends boolean = false>(patterns?: Channels, listener?: PubSubListener<T>, bufferMode?: T): Promise<void> {
    return this._self._subscriptions.unsubscribe('PATTERNS', patterns, listener, bufferMode);
  }

  /** Subscribes a listener to sharded channels (Redis 7). See `subscribe`, and the event `sharded-channel-moved`. */
  sSubscribe<T extends boolean = false>(channels: Channels, listener: PubSubListener<T>, bufferMode?: T): Promise<void> {
    return this._self._subscriptions.subscribe('SHARDED', channels, listener, bufferMode);
  }

  /** Removes a listener from sharded channels, or all listeners of them, or (without arguments) all sharded channels. */
  sUnsubscribe<T extends boolean = false>(channels?: Channels, listener?: PubSubListener<T>, bufferMode?: T): Promise<void> {
    return this._self._subscriptions.unsubscribe('SHARDED', channels, listener, bufferMode);
  }

  /** The listeners of one kind by channel: live, not to be changed. */
  getPubSubListeners(type: PubSubType): PubSubTypeListeners {
    return this._self._subscriptions.listeners(type);
  }

  /** Adds the listeners that another client had on a channel. */
  extendPubSubChannelListeners(type: PubSubType, channel: string, listeners: ChannelListeners): Promise<void> {
    return this._self._subscriptions.extendChannel(type, channel, listeners);
  }

  /** Adds the listeners that another client had. */
  extendPubSubListeners(type: PubSubType, listeners: PubSubTypeListeners): Promise<void> {
    return this._self._subscriptions.extendType(type, listeners);
  }

  declare SUBSCRIBE: PubSubMethods['subscribe'];
  declare UNSUBSCRIBE: PubSubMethods['unsubscribe'];
  declare PSUBSCRIBE: PubSubMethods['pSubscribe'];
  declare PUNSUBSCRIBE: PubSubMethods['pUnsubscribe'];
  declare SSUBSCRIBE: PubSubMethods['sSubscribe'];
  declare SUNSUBSCRIBE: PubSubMethods['sUnsubscribe'];
}

aliasUpperCase(PubSubMethods.prototype, ['subscribe', 'unsubscribe', 'pSubscribe', 'pUnsubscribe', 'sSubscribe', 'sUnsubscribe']);
