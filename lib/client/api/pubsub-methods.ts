/** What clients of one server know of their subscriptions, for `mixIn`. */
import type { ChannelListeners, PubSubType, PubSubTypeListeners } from '../pubsub/pubsub-listeners';
import type { Subscriptions } from '../pubsub/subscriptions';

/** Looking at subscriptions, and handing them from client to client. */
export abstract class PubSubMethods {
  /** @internal */
  declare readonly _self: { readonly _subscriptions: Subscriptions };

  /** Whether the client has any subscription. */
  get isPubSubActive(): boolean {
    return this._self._subscriptions.isActive;
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
}
