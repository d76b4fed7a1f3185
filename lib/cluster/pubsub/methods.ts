/** The pub/sub methods of a cluster, for `mixIn`. */
import { aliasUpperCase } from '../../client/api/mixin';
import type { Channel, PubSubListener } from '../../client/pubsub/pubsub-listeners';
import type { ClusterNode } from '../node';
import type { ClusterSubscriptions } from './subscriptions';

type Channels = Channel | readonly Channel[];

/** Subscribing and unsubscribing. Subscriptions have connections of their own, and move when nodes are lost or slots migrate. */
export abstract class ClusterPubSubMethods {
  /** @internal */
  declare readonly _self: { readonly _subscriptions: ClusterSubscriptions };

  /** The node at which channels and patterns are subscribed, with the client that does it; `undefined` without any. */
  get pubSubNode(): { readonly address: string; readonly client: unknown; readonly connectPromise?: unknown } | undefined {
    const seat = this._self._subscriptions.sharedSeat;
    return seat && { address: (seat.node as ClusterNode).address, client: seat.client, connectPromise: undefined };
  }

  /**
   * Subscribes a listener to channels (SUBSCRIBE), at a node of the client's choice: another one takes over if it is lost.
   *
   * @param listener called with message and channel: strings, or Buffers in buffer mode
   * @returns a promise that resolves when the server has acknowledged the subscription
   * @throws (rejects) the server's error if it refuses; ClientClosedError if the cluster is not open
   */
  subscribe<T extends boolean = false>(channels: Channels, listener: PubSubListener<T>, bufferMode?: T): Promise<void> {
    return this._self._subscriptions.subscribe('CHANNELS', channels, listener, bufferMode);
  }

  /** Removes a listener from channels; without `listener`, all listeners of the channels; without arguments, all channels. */
  unsubscribe<T extends boolean = false>(channels?: Channels, listener?: PubSubListener<T>, bufferMode?: T): Promise<void> {
    return this._self._subscriptions.unsubscribe('CHANNELS', channels, listener, bufferMode);
  }

  /** Subscribes a listener to glob-style patterns (PSUBSCRIBE). See `subscribe`. */
  pSubscribe<T extends boolean = false>(patterns: Channels, listener: PubSubListener<T>, bufferMode?: T): Promise<void> {
    return this._self._subscriptions.subscribe('PATTERNS', patterns, listener, bufferMode);
  }

  /** Removes a listener from patterns; without `listener`, all listeners of the patterns; without arguments, all patterns. */
  pUnsubscribe<T extends boolean = false>(patterns?: Channels, listener?: PubSubListener<T>, bufferMode?: T): Promise<void> {
    return this._self._subscriptions.unsubscribe('PATTERNS', patterns, listener, bufferMode);
  }

  /**
   * Subscribes a listener to sharded channels (SSUBSCRIBE, since Redis 7), at the owners of their slots; they may be of several slots.
   * The subscriptions follow their slots when these move or fail over. See `subscribe`.
   */
  sSubscribe<T extends boolean = false>(channels: Channels, listener: PubSubListener<T>, bufferMode?: T): Promise<void> {
    return this._self._subscriptions.subscribe('SHARDED', channels, listener, bufferMode);
  }

  /** Removes a listener from sharded channels; without `listener`, all listeners of the channels; without arguments, all of them. */
  sUnsubscribe<T extends boolean = false>(channels?: Channels, listener?: PubSubListener<T>, bufferMode?: T): Promise<void> {
    return this._self._subscriptions.unsubscribe('SHARDED', channels, listener, bufferMode);
  }

  declare SUBSCRIBE: ClusterPubSubMethods['subscribe'];
  declare UNSUBSCRIBE: ClusterPubSubMethods['unsubscribe'];
  declare PSUBSCRIBE: ClusterPubSubMethods['pSubscribe'];
  declare PUNSUBSCRIBE: ClusterPubSubMethods['pUnsubscribe'];
  declare SSUBSCRIBE: ClusterPubSubMethods['sSubscribe'];
  declare SUNSUBSCRIBE: ClusterPubSubMethods['sUnsubscribe'];
}

aliasUpperCase(ClusterPubSubMethods.prototype, ['subscribe', 'unsubscribe', 'pSubscribe', 'pUnsubscribe', 'sSubscribe', 'sUnsubscribe']);
