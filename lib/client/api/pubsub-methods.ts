/** The pub/sub methods of a client, for `mixIn`. */
import { aliasUpperCase } from './mixin';
import type { Channel, ChannelListeners, PubSubListener, PubSubType, PubSubTypeListeners } from '../pubsub/pubsub-listeners';
import type { Subscriptions } from '../pubsub/subscriptions';

type Channels = Channel | readonly Channel[];

/** Subscribing and unsubscribing. The methods may be called before `connect()`: they take effect as soon as the client is open. */
export abstract class PubSubMethods {
  /** @internal */
  declare readonly _self: { readonly _subscriptions: Subscriptions };

  /** Whether the client has any subscription. */
  get isPubSubActive(): boolean {
    return this._self._subscriptions.isActive;
  }

  /**
   * Subscribes a listener to channels (SUBSCRIBE). A channel may have several listeners; adding the same listener again has no effect.
   *
   * @param channels one or more channels
   * @param listener called with message and channel: strings, or Buffers in buffer mode
   * @param bufferMode true to receive Buffers; such listeners are called before the others
   * @returns a promise that resolves when the server has acknowledged the subscription
   */
  subscribe<T extends boolean = false>(channels: Channels, listener: PubSubListener<T>, bufferMode?: T): Promise<void> {
    return this._self._subscriptions.subscribe('CHANNELS', channels, listener, bufferMode);
  }

  /**
   * Removes a listener from channels; without `listener`, all listeners of the channels; without arguments, all channels. Unknown ones are
   * ignored.
   */
  unsubscribe<T extends boolean = false>(channels?: Channels, listener?: PubSubListener<T>, bufferMode?: T): Promise<void> {
    return this._self._subscriptions.unsubscribe('CHANNELS', channels, listener, bufferMode);
  }

  /** Subscribes a listener to glob-style patterns (PSUBSCRIBE). It is called with the message and its channel. See `subscribe`. */
  pSubscribe<T extends boolean = false>(patterns: Channels, listener: PubSubListener<T>, bufferMode?: T): Promise<void> {
    return this._self._subscriptions.subscribe('PATTERNS', patterns, listener, bufferMode);
  }

  /** Removes a listener from patterns; without `listener`, all listeners of the patterns; without arguments, all patterns. */
  pUnsubscribe<T extends boolean = false>(patterns?: Channels, listener?: PubSubListener<T>, bufferMode?: T): Promise<void> {
    return this._self._subscriptions.unsubscribe('PATTERNS', patterns, listener, bufferMode);
  }

  /** Subscribes a listener to sharded channels (SSUBSCRIBE, since Redis 7). See `subscribe`, and the event `sharded-channel-moved`. */
  sSubscribe<T extends boolean = false>(channels: Channels, listener: PubSubListener<T>, bufferMode?: T): Promise<void> {
    return this._self._subscriptions.subscribe('SHARDED', channels, listener, bufferMode);
  }

  /**
   * Removes a listener from sharded channels; without `listener`, all listeners of the channels; without arguments, all sharded channels.
   */
  sUnsubscribe<T extends boolean = false>(channels?: Channels, listener?: PubSubListener<T>, bufferMode?: T): Promise<void> {
    return this._self._subscriptions.unsubscribe('SHARDED', channels, listener, bufferMode);
  }

  /** Returns the listeners of one kind of subscription by channel. The map is live; do not modify it. */
  getPubSubListeners(type: PubSubType): PubSubTypeListeners {
    return this._self._subscriptions.listeners(type);
  }

  /** Subscribes to a channel with the listeners that another client had on it. */
  extendPubSubChannelListeners(type: PubSubType, channel: string, listeners: ChannelListeners): Promise<void> {
    return this._self._subscriptions.extendChannel(type, channel, listeners);
  }

  /** Subscribes to all channels that another client had subscribed to, with its listeners. */
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
