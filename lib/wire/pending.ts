/** Requests that wait for their reply. Each has a ticket, its index in the table, by which both sides of the boundary name it. */
import type { Command } from './command';
import type { TapeReader } from './decoder';
import type { TypeMapping } from './resp-types';

/** Who is told of a request's end: exactly one of these is called, once its ticket is free again. */
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
    readonly owner: PendingOwner,
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
const KEPT_LENGTH = 64 * 1024;

/** The table of one environment. */
export class PendingTable {
  #waiting: (Pending | undefined)[] = [];
  #free: number[] = [];
  /** The ticket that `addReserved` gives next: caches are told of a request before it is made. -1 while none is reserved. */
  reserved = -1;

  /** Gives a request a ticket. */
  add(pending: Pending): number {
    const ticket = this.#free.pop();
    if (ticket === undefined) return this.#waiting.push(pending) - 1;
    this.#waiting[ticket] = pending;
    return ticket;
  }

  /** Takes the request out and frees its ticket. An entry that stayed would keep the request's result alive. */
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

  /** Reserves a ticket: it is neither free nor in use. */
  reserve(): void {
    this.reserved = this.#free.pop() ?? this.#waiting.push(undefined) - 1;
  }

  /** Gives a request the reserved ticket, and reserves another one. */
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

  /** The request with this ticket, which stays. */
  peek(ticket: number): Pending | undefined {
    return this.#waiting[ticket];
  }
}
