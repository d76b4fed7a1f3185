/** An engine that sends nothing: tests see what was queued, and decide how it ends. */
import { CommandEncoder } from '../../../lib/wire/encoder';
import { readArguments } from '../../../lib/wire/encoded-arguments';
import type { Segmented } from '../../../lib/wire/large-arguments';
import { PendingTable, type Pending } from '../../../lib/wire/pending';
import type { RequestEngine } from '../../../lib/wire/requests';

/** A request that was queued. */
export interface Queued {
  link: number;
  ticket: number;
  words: string[];
  flags: number;
  timeout: number;
  slot: number;
}

export class RecordingEngine implements RequestEngine {
  readonly pending = new PendingTable();
  readonly queued: Queued[] = [];
  /** Tickets that were taken back. */
  readonly takenBack: number[][] = [];
  /** Whether requests can still be taken back. */
  isUnwritten = true;
  flushes = 0;
  readonly #encoder = new CommandEncoder(Buffer.alloc(4096));

  begin(keyPrefix?: string | Buffer): CommandEncoder {
    return this.#encoder.begin(keyPrefix);
  }

  queue(link: number, pending: Pending, flags: number, timeout: number, slot: number): number {
    return this.#record(link, pending, this.#encoder.redisArgs.map(String), flags, timeout, slot);
  }

  queueEncoded(link: number, pending: Pending, { bytes, larges = [] }: Segmented, flags: number, timeout: number, slot: number): number {
    return this.#record(link, pending, readArguments(bytes, bytes.indexOf('$'), [], larges).map(String), flags, timeout, slot);
  }

  #record(link: number, pending: Pending, words: string[], flags: number, timeout: number, slot: number): number {
    const ticket = this.pending.add(pending);
    this.queued.push({ link, ticket, words, flags, timeout, slot });
    return ticket;
  }

  takeBack(tickets: readonly number[]): boolean {
    if (this.isUnwritten) this.takenBack.push([...tickets]);
    return this.isUnwritten;
  }

  flush(): void {
    this.flushes++;
  }

  /** Ends a request without a reply, as the engine does. */
  fail(ticket: number, code: number, phase: number): void {
    const pending = this.pending.take(ticket) as Pending;
    pending.owner.onFailure(pending, code, phase);
  }

  /** Ends a request of the engine's own kinds. */
  done(ticket: number): void {
    const pending = this.pending.take(ticket) as Pending;
    pending.owner.onDone(pending);
  }
}
