/** A channel or pattern of a cluster that has listeners, and the connections that have to do with it. */
import type { Channel, PubSubType } from '../../client/pubsub/pubsub-listeners';
import { hashSlot } from '../../wire/hash-slot';
import type { Seat } from './seat';

/** How long a node that has ended a subscription is not asked again, though the layout still names it. */
const ENDED = 1000; // ms

/**
 * It moves without a gap as far as the servers allow that: `seat` goes on delivering until the server of `next` has acknowledged the
 * subscription. It is delivered by one of them at a time.
 */
export class Subscription {
  readonly type: PubSubType;
  readonly channel: Channel;
  /** The slot of a sharded channel; -1 for others. */
  readonly slot: number;
  /** Delivers the messages. */
  seat: Seat | undefined;
  /** Where it is being subscribed to. It delivers in place of `seat` from its acknowledgement on. */
  next: Seat | undefined;
  /** Resolves when a server has acknowledged it for the first time. */
  readonly placed: Promise<void>;
  /** The node that has ended it, and since when. */
  #endedBy: string | undefined;
  #endedAt = 0;
  #isNew = true;
  #resolve!: () => void;
  #reject!: (error: unknown) => void;

  constructor(type: PubSubType, channel: Channel) {
    this.type = type;
    this.channel = channel;
    this.slot = type === 'SHARDED' ? hashSlot(channel) : -1;
    this.placed = new Promise<void>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.placed.catch(ignore);
  }

  get key(): string {
    return subscriptionKey(this.type, this.channel);
  }

  /** Whether no server has acknowledged it yet: `subscribe()` waits. */
  get isNew(): boolean {
    return this.#isNew;
  }

  /** Whether this connection has to do with it. */
  uses(seat: Seat): boolean {
    return this.seat === seat || this.next === seat;
  }

  /**
   * Whether a node has just ended it. Before it tells of its successor, such a node may take the subscription again, as a replica:
   * what it delivers then, its successor may deliver once more.
   */
  wasEndedBy(address: string): boolean {
    return this.#endedBy === address && performance.now() < this.#endedAt + ENDED;
  }

  /** The server of a connection has ended it. */
  ended(seat: Seat): void {
    this.#endedBy = seat.node.address;
    this.#endedAt = performance.now();
    this.leave(seat);
  }

  /** `next` delivers from now on. @returns the connection that did until now */
  takeOver(): Seat | undefined {
    const before = this.seat;
    this.seat = this.next;
    this.next = undefined;
    this.#endedBy = undefined;
    this.settle();
    return before;
  }

  /** A connection ends its subscription. */
  leave(seat: Seat): void {
    if (this.seat === seat) this.seat = undefined;
    if (this.next === seat) this.next = undefined;
  }

  /** `subscribe()` resolves. */
  settle(): void {
    this.#isNew = false;
    this.#resolve();
  }

  /** `subscribe()` rejects. */
  fail(error: unknown): void {
    this.#reject(error);
  }
}

export function subscriptionKey(type: PubSubType, channel: Channel): string {
  return `${type}:${channel.toString()}`;
}

function ignore(): void {
  // Who waits is told by `subscribe()`.
}
