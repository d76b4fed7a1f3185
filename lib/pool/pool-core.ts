/** The life of a pool: opening, closing, destruction. */
import type { CloseOptions } from '../client';
import { ClientClosedError, DisconnectsClientError } from '../errors';
import { LONGEST_TIMER } from '../timers';
import type { PoolOwner } from './clients';
import { Lending, LendingState } from './lending';
import type { RedisPoolOptions } from './options';

interface Closing {
  readonly promise: Promise<void>;
  resolve(): void;
  timer: NodeJS.Timeout | undefined;
}

export class PoolCore {
  readonly lending: Lending;
  readonly #owner: PoolOwner;
  readonly #options: Readonly<RedisPoolOptions>;
  #isOpen = false;
  /** Identifies the current opening: `connect()` replaces it. */
  #life = {};
  #closing: Closing | undefined;

  constructor(owner: PoolOwner, options: Readonly<RedisPoolOptions>) {
    this.#owner = owner;
    this.#options = options;
    this.lending = new Lending(owner, options, () => this.#endIfEmpty());
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  get isClosing(): boolean {
    return this.#closing !== undefined;
  }

  get total(): number {
    return this.lending.clients.count;
  }

  get idle(): number {
    const { idle, offline } = this.lending.clients.members;
    return idle.length + offline.length;
  }

  get waiting(): number {
    return this.lending.queue.length;
  }

  /** Opens `minimum` clients. @returns false if the pool was already open */
  async connect(): Promise<boolean> {
    if (this.#isOpen) return false;
    const { lending } = this;
    this.#isOpen = true;
    lending.state = LendingState.Open;
    const life = {};
    this.#life = life;
    lending.clients.start();
    const opened: Promise<void>[] = [];
    while (opened.length < this.#options.minimum) opened.push(lending.clients.open());
    try {
      await Promise.all(opened);
    } catch (error) {
      // The pool may have been closed meanwhile, and even opened again.
      if (this.#life === life && lending.isAccepting) this.destroy(() => error as Error);
      throw error;
    }
    return true;
  }

  close({ timeout }: CloseOptions = {}): Promise<void> {
    if (this.#closing !== undefined) return this.#closing.promise;
    if (!this.#isOpen) return Promise.resolve();
    const { lending } = this;
    lending.state = LendingState.Closing;
    lending.rest();
    let resolve!: () => void;
    const promise = new Promise<void>((onResolve) => {
      resolve = onResolve;
    });
    const isLimited = timeout !== undefined && timeout <= LONGEST_TIMER;
    const timer = isLimited ? setTimeout(() => this.destroy(), timeout) : undefined;
    this.#closing = { promise, resolve, timer };
    for (const member of [...lending.clients.members.all]) lending.leaveSoon(member);
    this.#endIfEmpty();
    return promise;
  }

  /** Closes the pool at once. @param reason creates the error for waiting tasks */
  destroy(reason: () => Error = () => new DisconnectsClientError()): void {
    const { lending } = this;
    lending.state = LendingState.Closed;
    lending.rest();
    lending.clients.endAll();
    lending.queue.rejectAll(reason);
    this.#end();
  }

  #endIfEmpty(): void {
    const { clients, queue } = this.lending;
    if (!this.isClosing || clients.count > 0) return;
    const error = clients.networkError;
    queue.rejectAll(() => error ?? new ClientClosedError());
    this.#end();
  }

  #end(): void {
    const closing = this.#closing;
    this.#closing = undefined;
    this.lending.state = LendingState.Closed;
    if (this.#isOpen) this.#owner.ended();
    this.#isOpen = false;
    clearTimeout(closing?.timer);
    closing?.resolve();
  }
}
