/** A read sent to the server for a cache, and the callers that wait for its reply: the first one, and those of equal reads issued later. */
import type { CommandPhase } from '../errors';
import type { Command } from './command';
import type { TapeReader } from './decoder';
import type { CommandEncoder } from './encoder';
import type { LimitedRequest } from './limit-errors';
import type { Whereabouts } from './whereabouts';
import type { LinkCommandOptions, PreparingCommand } from './link-types';
import { Pending, type PendingOwner } from './pending';
import { settleWithReply } from './reply';
import { hasLimits, watchLimits } from './request-limits';

/** Is notified when a load ends. */
export interface LoadObserver {
  /** The server answered; `isError` when with an error. */
  answered(load: CacheLoad, isError: boolean): void;
  /** There is no reply: the load failed, or was cancelled before it was written. */
  abandoned(load: CacheLoad, failed: boolean): void;
}

/** What a load needs from the requests of its link. */
export interface LoadRequests {
  /** The protocol version of the replies. */
  readonly resp: 2 | 3;
  /**
   * Queues the command encoded since `begin()` as a load of a cache, directly after `before` if that is given.
   *
   * @param length the result of `encoder.end()`
   * @param owner is notified of the end of the request
   * @returns the tickets of all commands that were queued; that of the load is the last one
   */
  submitLoad(
    encoder: CommandEncoder, length: number, owner: PendingOwner, options: LinkCommandOptions, name: string | undefined,
    before?: PreparingCommand,
  ): readonly number[];
  /**
   * Cancels a load that no caller waits for any more. @returns false when it was written already
   *
   * @param taken called if the load was cancelled, before `onDrained` listeners run, since these may send the next load
   */
  takeBackLoad(tickets: readonly number[], taken: () => void): boolean;
  /** The request has ended: it is no longer outstanding. */
  forget(pending: Pending): void;
  /** The error of a caller whose request the engine settles without a reply. */
  failureOf(code: number, phase: number, caller: Pending, request: Pending): Error;
  /** What a queued request waits for, if that must be asked for. */
  whereabouts(ticket: number): Whereabouts | undefined;
  /** The error of a request that reached its own deadline or was aborted. */
  limitError(name: string | undefined, phase: CommandPhase, error: (request: LimitedRequest) => Error, place?: Whereabouts): Error;
  /** Wraps `reject` for a request that is issued now, so that errors can name the caller. */
  rejecting(reject: (error: unknown) => void): (error: unknown) => void;
}

export class CacheLoad implements PendingOwner {
  /** When the load began (`performance.now()`, ms). */
  readonly started = performance.now();
  readonly #requests: LoadRequests;
  readonly #observer: LoadObserver;
  readonly #waiters: Pending[] = [];
  #tickets: readonly number[] = [];

  /**
   * @param ticket identifies the load in the cache
   * @param timeout how long the load may stay unwritten, in ms; only reads with the same timeout join it
   */
  constructor(requests: LoadRequests, observer: LoadObserver, readonly ticket: number, readonly timeout: number | undefined) {
    this.#requests = requests;
    this.#observer = observer;
  }

  /** Queues the read in the encoder. See {@link LoadRequests.submitLoad}. */
  send(
    encoder: CommandEncoder, length: number, options: LinkCommandOptions, name: string | undefined, before?: PreparingCommand,
  ): void {
    this.#tickets = this.#requests.submitLoad(encoder, length, this, options, name, before);
  }

  /** Adds a caller that waits for the reply, with its own decoding (`preserve`, type mapping) and its own limits. */
  wait(command: Command, name: string | undefined, preserve: unknown, options: LinkCommandOptions): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const waiter = new Pending(this, resolve, this.#requests.rejecting(reject), command, name, preserve, options.typeMapping ?? undefined, 0, options.timeout);
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
    this.#requests.forget(request);
    this.#observer.answered(this, reader.atError());
    if (this.#waiters.length === 0) return void reader.skip();
    const { cursor } = reader;
    const waiters = this.#waiters.splice(0);
    // With several callers, none may take the memory of the reply.
    if (waiters.length > 1) reader.owned = false;
    for (const waiter of waiters) {
      reader.cursor = cursor;
      waiter.unwatch();
      settleWithReply(waiter, reader, this.#requests.resp);
    }
  }

  onDropped(request: Pending): void {
    this.#requests.forget(request);
  }

  onDone(request: Pending): void {
    this.#requests.forget(request);
  }

  onFailure(request: Pending, code: number, phase: number): void {
    // This comes first: `forget` may run the `onDrained` listener, which may send the next load with the same ticket.
    this.#observer.abandoned(this, true);
    this.#requests.forget(request);
    for (const waiter of this.#waiters.splice(0)) {
      waiter.unwatch();
      waiter.reject(this.#requests.failureOf(code, phase, waiter, request));
    }
  }

  /** Ends the wait of one caller. When the last one ends, the request is cancelled, too, unless it was written. */
  #cancel(waiter: Pending, error: (request: LimitedRequest) => Error, inFlight: boolean): void {
    const index = this.#waiters.indexOf(waiter);
    if (index < 0) return;
    const isLast = this.#waiters.length === 1;
    const place = isLast ? this.#requests.whereabouts(this.#tickets[0] as number) : undefined;
    const queued = isLast && this.#requests.takeBackLoad(this.#tickets, () => this.#observer.abandoned(this, false));
    // Without `inFlight`, the wait for a written request goes on. If others wait, too, it is unknown whether it was written: reject anyway.
    if (isLast && !queued && !inFlight) return;
    this.#waiters.splice(index, 1);
    waiter.unwatch();
    waiter.reject(this.#requests.limitError(waiter.name, queued ? 'queued' : 'written', error, place));
  }
}
