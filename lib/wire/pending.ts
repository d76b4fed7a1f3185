/** Requests that wait for their reply. Each has a ticket, its index in the table, which identifies it to native code. */
import type { Command } from './command';
import type { TapeReader } from './decoder';
import type { TypeMapping } from './resp-types';

/** Is notified of a request's end. Exactly one of these is called, after its ticket was freed. */
export interface PendingOwner {
  /** The reply is at the cursor; the owner must read or skip it. */
  onReply(pending: Pending, reader: TapeReader): void;
  /** The request was abandoned, so its reply was skipped. */
  onDropped(pending: Pending): void;
  /** A request that the engine encodes itself (such as SUBSCRIBE) is done. */
  onDone(pending: Pending): void;
  /** There is no reply. @param code a `Failure` of the boundary @param phase a `RequestPhase`: whether it was written */
  onFailure(pending: Pending, code: number, phase: number): void;
}

/** One waiting request. */
export class Pending {
  /** Set when the promise was rejected before the reply arrived; the reply will be dropped. */
  abandoned = false;
  /** Removes the abort listener and the deadline of the request. */
  cleanup: (() => void) | undefined = undefined;
  constructor(
    readonly owner: PendingOwner,
    readonly resolve: (value: unknown) => void,
    readonly reject: (error: unknown) => void,
    readonly command: Command | undefined,
    readonly name: string | undefined,
    readonly preserve: unknown,
    readonly typeMapping: TypeMapping | undefined,
    /** Bytes on the wire, for `commandsQueueMaxBytes`. */
    readonly length: number,
    /** How long it may stay unwritten, in ms; for the error message. */
    readonly timeout = 0,
  ) {}

  /** Stops watching the request's signal and deadline. */
  unwatch(): void {
    const { cleanup } = this;
    this.cleanup = undefined;
    cleanup?.();
  }
}

/** A table that is longer than this frees its memory once it is empty. */
const KEPT_LENGTH = 64 * 1024;

/** The table of one environment. */
export class PendingTable {
  #waiting: (Pending | undefined)[] = [];
  #free: number[] = [];
  /** The ticket that `addReserved` uses next; -1 if none is reserved. Caches need it before the request is created. */
  reserved = -1;

  /** Gives a request a ticket. */
  add(pending: Pending): number {
    const ticket = this.#free.pop();
    if (ticket === undefined) return this.#waiting.push(pending) - 1;
    this.#waiting[ticket] = pending;
    return ticket;
  }

  /** Removes a request and frees its ticket. An entry left in the table would keep the request's result alive. */
  take(ticket: number): Pending | undefined {
    const pending = this.#waiting[ticket];
    if (pending === undefined) return undefined;
    this.#waiting[ticket] = undefined;
    const free = this.#free.push(ticket);
    if (free > KEPT_LENGTH && this.size === 0) {
      this.#waiting = [];
      this.#free = [];
      if (this.reserved >= 0) this.reserve();
    }
    return pending;
  }

  /** Reserves a ticket, which is then neither free nor in use. */
  reserve(): void {
    this.reserved = this.#free.pop() ?? this.#waiting.push(undefined) - 1;
  }

  /** Gives a request the reserved ticket, and reserves the next one. */
  addReserved(pending: Pending): number {
    if (this.reserved < 0) this.reserve();
    const ticket = this.reserved;
    this.#waiting[ticket] = pending;
    this.reserve();
    return ticket;
  }

  /** Number of tickets in use. */
  get size(): number {
    return this.#waiting.length - this.#free.length - (this.reserved < 0 ? 0 : 1);
  }

  /** Returns the request with this ticket and keeps it in the table. */
  peek(ticket: number): Pending | undefined {
    return this.#waiting[ticket];
  }
}
