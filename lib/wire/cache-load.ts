/** A read that is on its way to the server, and those who wait for its reply: the first one, and equal ones that came later. */
import type { CommandPhase } from '../errors';
import type { Command } from './command';
import type { TapeReader } from './decoder';
import type { CommandEncoder } from './encoder';
import type { LimitedRequest } from './limit-errors';
import type { LinkCommandOptions, PreparingCommand } from './link-types';
import { Pending, type PendingOwner } from './pending';
import { settleWithReply } from './reply';
import { hasLimits, watchLimits } from './request-limits';

/** Told of a load's end. */
export interface LoadObserver {
  /** It was answered, with an error if so. */
  answered(load: CacheLoad, isError: boolean): void;
  /** It has no reply: it failed, or was taken back. */
  abandoned(load: CacheLoad, failed: boolean): void;
}

/** What loads need of the requests of their link. */
export interface LoadRequests {
  /** The protocol that replies are read in. */
  readonly resp: 2 | 3;
  /**
   * Queues what was encoded since `begin()` as a load of a cache, behind `before` if there is something that has to go with it.
   *
   * @param length what `encoder.end()` returned
   * @param owner is told of its end
   * @returns the tickets of all that was queued, its own the last one
   */
  submitLoad(
    encoder: CommandEncoder, length: number, owner: PendingOwner, options: LinkCommandOptions, name: string | undefined,
    before?: PreparingCommand,
  ): readonly number[];
  /**
   * Takes a load back that nobody waits for any more. False when it was written.
   *
   * @param taken called if it was not, before anybody hears that the link has drained and sends the next load
   */
  takeBackLoad(tickets: readonly number[], taken: () => void): boolean;
  /** The request has come to its end. */
  forget(pending: Pending): void;
  /** The error of a request that the engine settles without a reply. */
  failureOf(code: number, phase: number, pending: Pending): Error;
  /** The error of a request that came to a limit of its own. */
  limitError(name: string | undefined, phase: CommandPhase, error: (request: LimitedRequest) => Error): Error;
  /** What rejects a request that is issued now. */
  rejecting(reject: (error: unknown) => void): (error: unknown) => void;
}

export class CacheLoad implements PendingOwner {
  /** When it began, in ms. */
  readonly started = performance.now();
  readonly #requests: LoadRequests;
  readonly #observer: LoadObserver;
  readonly #waiters: Pending[] = [];
  #tickets: readonly number[] = [];

  /**
   * @param ticket by which the cache knows it
   * @param timeout how long it may stay unwritten, in ms: those who join want the same
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

  /** Waits for the reply, decoded in one's own way, until one's own limits. */
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
    // Each of them gets memory of its own.
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
    // First: whoever hears that the link has drained may send the next load, with this ticket.
    this.#observer.abandoned(this, true);
    this.#requests.forget(request);
    for (const waiter of this.#waiters.splice(0)) {
      waiter.unwatch();
      waiter.reject(this.#requests.failureOf(code, phase, waiter));
    }
  }

  /** One of those who wait gives up. The last one takes the request with it, if that is possible. */
  #cancel(waiter: Pending, error: (request: LimitedRequest) => Error, inFlight: boolean): void {
    const index = this.#waiters.indexOf(waiter);
    if (index < 0) return;
    const isLast = this.#waiters.length === 1;
    const queued = isLast && this.#requests.takeBackLoad(this.#tickets, () => this.#observer.abandoned(this, false));
    // A signal says nothing to a request that was written. Whether it was is not known of one that others need, too.
    if (isLast && !queued && !inFlight) return;
    this.#waiters.splice(index, 1);
    waiter.unwatch();
    waiter.reject(this.#requests.limitError(waiter.name, queued ? 'queued' : 'written', error));
  }
}
