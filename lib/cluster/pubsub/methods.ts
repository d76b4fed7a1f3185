/** What is known of the subscriptions of a cluster, for `mixIn`. */
import type { ClusterNode } from '../node';
import type { ClusterSubscriptions } from './subscriptions';

/** Where a cluster subscribes. Subscriptions have connections of their own, and move when nodes are lost or slots migrate. */
export abstract class ClusterPubSubMethods {
  /** @internal */
  declare readonly _self: { readonly _subscriptions: ClusterSubscriptions };

  /** The node at which channels and patterns are subscribed, with the client that does it; `undefined` without any. */
  get pubSubNode(): { readonly address: string; readonly client: unknown; readonly connectPromise?: unknown } | undefined {
    const seat = this._self._subscriptions.sharedSeat;
    return seat && { address: (seat.node as ClusterNode).address, client: seat.client, connectPromise: undefined };
  }
}
