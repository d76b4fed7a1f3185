/** Requests that wait for their reply: one slot each, named on both sides of the boundary. */
import type { Command } from './command';
import type { TapeReader } from './decoder';
import type { TypeMapping } from './resp-types';

/** Who is told of a request's end: exactly one of these is called, once its slot is free. */
export interface PendingOwner {
  /** Its reply is at the cursor, to be read or skipped. */
  onReply(pending: Pending, reader: TapeReader): void;
  /** Its reply was dropped, as it was abandoned. */
  onDropped(pending: Pending): void;
  /** It was one of the engine's own kinds, and is done. */
  onDone(pending: Pending): void;
  /** It has no reply. The numbers are those of the boundary: why, and whether it was written. */
  onFailure(pending: Pending, code: number, phase: number): void;
}

/** One waiting request. */
export class Pending {
  /** Set when the promise was rejected and the reply is still to come: the reply is dropped then. */
  abandoned = false;
  /** Undoes what watches the request (abort listener, deadline). */
  cleanup: (() => void) | undefined = undefined;
  constructor(
    readonly link: PendingOwner,
    readonly resolve: (value: unknown) => void,
    readonly reject: (error: unknown) => void,
    readonly command: Command | undefined,
    readonly name: string | undefined,
    readonly preserve: unknown,
    readonly typeMapping: TypeMapping | undefined,
    /** Bytes on the wire, for `commandsQueueMaxBytes`. */
    readonly length: number,
    /** How long it may stay unwritten, in ms; for the text of its error. */
    readonly timeout = 0,
  ) {}

  /** Ends what watches the request. */
  unwatch(): void {
    const { cleanup } = this;
    this.cleanup = undefined;
    cleanup?.();
  }
}

/** A table that was larger gives its memory back once it is empty. */
const KEPT_SLOTS = 64 * 1024;

/** The table of slots of one environment. */
export class PendingTable {
  #slots: (Pending | undefined)[] = [];
  #free: number[] = [];

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
    const free = this.#free.push(slot);
    if (free > KEPT_SLOTS && free === this.#slots.length) {
      this.#slots = [];
      this.#free = [];
    }
    return pending;
  }

  /** The slot that `add` will take when it is called for the time after `skipped` others. */
  upcoming(skipped = 0): number {
    const free = this.#free.length;
    return skipped < free ? this.#free[free - 1 - skipped] as number : this.#slots.length + skipped - free;
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
