/** Requests that wait for their reply: one slot each, named on both sides of the boundary. */
import type { Command } from './command';
import type { Link } from './link';
import type { TypeMapping } from './resp-types';

/** One waiting request. */
export class Pending {
  /** Set when the promise was rejected and the reply is still to come: the reply is dropped then. */
  abandoned = false;
  /** Undoes what watches the request (abort listener, deadline). */
  cleanup: (() => void) | undefined = undefined;
  constructor(
    readonly link: Link,
    readonly resolve: (value: unknown) => void,
    readonly reject: (error: unknown) => void,
    readonly command: Command | undefined,
    readonly name: string | undefined,
    readonly preserve: unknown,
    readonly typeMapping: TypeMapping | undefined,
    /** Bytes on the wire, for `commandsQueueMaxBytes`. */
    readonly length: number,
  ) {}

  /** Ends what watches the request. */
  unwatch(): void {
    const { cleanup } = this;
    this.cleanup = undefined;
    cleanup?.();
  }
}

/** The table of slots of one environment. */
export class PendingTable {
  readonly #slots: (Pending | undefined)[] = [];
  readonly #free: number[] = [];

  /** Takes a slot. */
  add(pending: Pending): number {
    const slot = this.#free.pop();
    if (slot === undefined) return this.#slots.push(pending) - 1;
    this.#slots[slot] = pending;
    return slot;
  }

  /** Empties a slot. A slot that is kept would keep its result alive. */
  take(slot: number): Pending | undefined {
    const pending = this.#slots[slot];
    if (pending === undefined) return undefined;
    this.#slots[slot] = undefined;
    this.#free.push(slot);
    return pending;
  }

  /** Number of slots in use. */
  get size(): number {
    return this.#slots.length - this.#free.length;
  }

  /** Looks without taking. */
  peek(slot: number): Pending | undefined {
    return this.#slots[slot];
  }
}
