/** The connections of a cluster's subscriptions: one for all channels and patterns, and one for the sharded channels of each node. */
import type { ClusterCore } from '../core';
import type { ClusterNode } from '../node';
import { Seat, type SeatOwner } from './seat';
import type { Subscription } from './subscription';

/** How long the cluster may be without the node of channels and patterns until they leave it. */
const ABSENCE = 5000; // ms

/** See the module's comment. */
export class Seats {
  readonly #core: ClusterCore;
  readonly #owner: SeatOwner;
  readonly #all = new Set<Seat>();
  /** Those of sharded channels, by the address of their nodes: nodes that are announced anew are the same ones. */
  readonly #sharded = new Map<string, Seat>();
  /** That of channels and patterns. */
  #shared: Seat | undefined;
  /** The node that was left last: another one is preferred. */
  #avoided: ClusterNode | undefined;
  /** Runs while the cluster is without the node of the shared seat. */
  #absence: NodeJS.Timeout | undefined;

  constructor(core: ClusterCore, owner: SeatOwner) {
    this.#core = core;
    this.#owner = owner;
  }

  /** The seat of channels and patterns. */
  get shared(): Seat | undefined {
    return this.#shared;
  }

  /** Whether a subscription has no place, or one where it does not belong. */
  isAstray({ seat, slot }: Subscription): boolean {
    if (seat === undefined) return true;
    return slot < 0 ? seat !== this.#shared : !this.#core.topology.serves(seat.node.address, slot);
  }

  /** Where a subscription belongs. `undefined`: no node is known for it, or only one that has just ended it. */
  placeOf(subscription: Subscription): Seat | undefined {
    const { topology } = this.#core;
    const { slot } = subscription;
    if (slot < 0) {
      const node = this.#shared?.node ?? topology.anyNode(this.#avoided);
      return node && (this.#shared ??= this.#open(node));
    }
    const node = topology.slots[slot]?.master;
    if (node === undefined || subscription.wasEndedBy(node.address)) return undefined;
    const seat = this.#sharded.get(node.address) ?? this.#open(node);
    this.#sharded.set(node.address, seat);
    show(node, seat);
    return seat;
  }

  /** The connection of a seat is lost. */
  forget(seat: Seat): void {
    this.#avoided = seat.node;
    this.#remove(seat);
  }

  /** Closes the connections that no subscription uses. */
  leaveUnused(subscriptions: Iterable<Subscription>): void {
    const used = new Set<Seat | undefined>();
    for (const { seat, next } of subscriptions) used.add(seat).add(next);
    for (const seat of this.#all) {
      if (used.has(seat)) continue;
      this.#remove(seat);
      seat.leave();
    }
  }

  /**
   * Looks at a new layout.
   * @param left called when channels and patterns must leave their node, as the cluster has long been without it. Layouts may lack a
   *   primary that has just become a replica; messages go on there.
   */
  topologyChanged(left: () => void): void {
    const { topology } = this.#core;
    for (const node of topology.masters) show(node, this.#sharded.get(node.address));
    const seat = this.#shared;
    if (seat === undefined || topology.has(seat.node.address)) return this.#endAbsence();
    this.#absence ??= setTimeout(() => {
      this.#absence = undefined;
      if (this.#shared !== seat || topology.has(seat.node.address)) return;
      this.#shared = undefined;
      this.#avoided = seat.node;
      left();
    }, ABSENCE).unref();
  }

  /** The cluster closes. */
  end(): void {
    this.#endAbsence();
    this.leaveUnused([]);
  }

  #endAbsence(): void {
    clearTimeout(this.#absence);
    this.#absence = undefined;
  }

  #open(node: ClusterNode): Seat {
    const seat = new Seat(node, this.#core.directOptions(node), this.#owner);
    this.#all.add(seat);
    return seat;
  }

  #remove(seat: Seat): void {
    this.#all.delete(seat);
    if (this.#shared === seat) this.#shared = undefined;
    const { address } = seat.node;
    if (this.#sharded.get(address) !== seat) return;
    this.#sharded.delete(address);
    for (const node of [seat.node, this.#core.topology.nodeByAddress.get(address)]) if (node !== undefined) show(node, undefined);
  }
}

/** Shows the client of a node's sharded channels, as npm `redis` does. */
function show(node: ClusterNode, seat: Seat | undefined): void {
  node.pubSub = seat && { client: seat.client, connectPromise: undefined };
}
