/** The methods of everything that subscribes, for `mixIn`. */
import { aliasUpperCase } from './mixin';
import type { Channel, PubSubListener, PubSubType } from '../pubsub/pubsub-listeners';

type Channels = Channel | readonly Channel[];

/** What subscribes and unsubscribes in the end. */
export interface Subscriber {
  subscribe(type: PubSubType, channels: Channels, listener: unknown, bufferMode?: boolean): Promise<void>;
  unsubscribe(type: PubSubType, channels?: Channels, listener?: unknown, bufferMode?: boolean): Promise<void>;
}

/** Subscribing and unsubscribing. */
export abstract class SubscribingMethods {
  /** @internal */
  declare readonly _self: { readonly _subscriptions: Subscriber };

  /**
   * Subscribes a listener to channels (SUBSCRIBE). A channel may have several listeners; adding the same listener again has no effect.
   *
   * @param channels one or more channels
   * @param listener called with message and channel: strings, or Buffers in buffer mode
   * @param bufferMode true to receive Buffers; such listeners are called before the others
   * @returns a promise that resolves when the server has acknowledged the subscription
   * @throws (rejects) the server's error if it refuses; an error of the client's state if that is closed
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

  /**
   * Subscribes a listener to sharded channels (SSUBSCRIBE, since Redis 7). See `subscribe`. Clients of one server tell by
   * `sharded-channel-moved` that a slot has left it; those of a cluster follow the slot, and take channels of several slots.
   */
  sSubscribe<T extends boolean = false>(channels: Channels, listener: PubSubListener<T>, bufferMode?: T): Promise<void> {
    return this._self._subscriptions.subscribe('SHARDED', channels, listener, bufferMode);
  }

  /**
   * Removes a listener from sharded channels; without `listener`, all listeners of the channels; without arguments, all sharded channels.
   */
  sUnsubscribe<T extends boolean = false>(channels?: Channels, listener?: PubSubListener<T>, bufferMode?: T): Promise<void> {
    return this._self._subscriptions.unsubscribe('SHARDED', channels, listener, bufferMode);
  }

  declare SUBSCRIBE: SubscribingMethods['subscribe'];
  declare UNSUBSCRIBE: SubscribingMethods['unsubscribe'];
  declare PSUBSCRIBE: SubscribingMethods['pSubscribe'];
  declare PUNSUBSCRIBE: SubscribingMethods['pUnsubscribe'];
  declare SSUBSCRIBE: SubscribingMethods['sSubscribe'];
  declare SUNSUBSCRIBE: SubscribingMethods['sUnsubscribe'];
}

aliasUpperCase(SubscribingMethods.prototype, ['subscribe', 'unsubscribe', 'pSubscribe', 'pUnsubscribe', 'sSubscribe', 'sUnsubscribe']);
