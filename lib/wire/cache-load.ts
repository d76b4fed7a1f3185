/** A read that is on its way to the server, and those who wait for its reply: the first one, and equal ones that came later. */
import type { Command } from './command';
import type { TapeReader } from './decoder';
import type { LimitedRequest } from './limit-errors';
import type { LinkRequests } from './link-requests';
import type { LinkCommandOptions } from './link-types';
import { Pending, type PendingOwner } from './pending';
import { settleWithReply } from './reply';
import { hasLimits, watchLimits } from './request-limits';

/** Told of a load's end. */
export interface LoadObserver {
  /** It was answered, with an error if so. */
  answered(load: CacheLoad, isError: boolean): void;
  /** It has no reply: it failed, or was taken back. */
  abandoned(load: CacheLoad, ticket: number, failed: boolean): void;
}

export class CacheLoad implements PendingOwner {
  /** When it began, in ms. */
  readonly started = performance.now();
  readonly #link: LinkRequests;
  readonly #observer: LoadObserver;
  readonly #waiters: Pending[] = [];
  #tickets: readonly number[] = [];

  /** @param timeout how long it may stay unwritten, in ms: those who join want the same */
  constructor(link: LinkRequests, observer: LoadObserver, readonly timeout: number | undefined) {
    this.#link = link;
    this.#observer = observer;
  }

  /** It was queued, and `tickets` are those of the request and of what goes before it, the request's the last one. */
  queued(tickets: readonly number[]): void {
    this.#tickets = tickets;
  }

  /** Waits for the reply, decoded in one's own way, until one's own limits. */
  wait(command: Command, name: string | undefined, preserve: unknown, options: LinkCommandOptions): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const waiter = new Pending(this, resolve, this.#link.rejecting(reject), command, name, preserve, options.typeMapping ?? undefined, 0, options.timeout);
      this.#waiters.push(waiter);
      if (!hasLimits(options, options.timeout ?? 0)) return;
      try {
        waiter.cleanup = watchLimits(options, (error, inFlight) => this.#cancel(waiter, error, inFlight));
      } catch (error) {
        this.#cancel(waiter, () => error as Error, true);
      }
    });
  }

  onReply(request: Pending, reader: TapeReader): void {
    this.#link.forget(request);
    this.#observer.answered(this, reader.atError());
    if (this.#waiters.length === 0) return void reader.skip();
    const { cursor } = reader;
    const waiters = this.#waiters.splice(0);
    // Each of them gets memory of its own.
    if (waiters.length > 1) reader.owned = false;
    for (const waiter of waiters) {
      reader.cursor = cursor;
      waiter.unwatch();
      settleWithReply(waiter, reader, this.#link.protocol);
    }
  }

  onDropped(request: Pending): void {
    this.#link.forget(request);
  }

  onDone(request: Pending): void {
    this.#link.forget(request);
  }

  onFailure(request: Pending, code: number, phase: number): void {
    this.#link.forget(request);
    this.#observer.abandoned(this, this.#tickets[this.#tickets.length - 1] as number, true);
    for (const waiter of this.#waiters.splice(0)) {
      waiter.unwatch();
      waiter.reject(this.#link.failureOf(code, phase, waiter));
    }
  }

  /** One of those who wait gives up. The last one takes the request with it, if that is possible. */
  #cancel(waiter: Pending, error: (request: LimitedRequest) => Error, inFlight: boolean): void {
    const index = this.#waiters.indexOf(waiter);
    if (index < 0) return;
    const isLast = this.#waiters.length === 1;
    const queued = isLast && this.#link.takeBackLoad(this.#tickets);
    // A signal says nothing to a request that was written. Whether it was is not known of one that others need, too.
    if (isLast && !queued && !inFlight) return;
    this.#waiters.splice(index, 1);
    waiter.unwatch();
    if (queued) this.#observer.abandoned(this, this.#tickets[this.#tickets.length - 1] as number, false);
    waiter.reject(this.#link.limitError(waiter.name, queued ? 'queued' : 'written', error));
  }
}
