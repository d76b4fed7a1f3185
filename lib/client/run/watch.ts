/** The state of WATCH on a client's connection. */
import { AbortError, WatchError } from '../../errors';

/** An epoch that no connection has. */
const NO_EPOCH = -1;

/** The optimistic lock of one client. */
export class WatchState {
  #epoch: number | undefined;
  #dirty: string | undefined;
  #abort: AbortController | undefined;

  /** Whether keys are watched. */
  get isWatching(): boolean {
    return this.#epoch !== undefined;
  }

  /** Whether `setDirty` was called, so that the next transaction fails. */
  get isDirty(): boolean {
    return this.#dirty !== undefined;
  }

  /** Makes the next transaction fail with this message. */
  setDirty(message: string): void {
    this.#dirty = message;
  }

  /** Notes a successful WATCH on connection number `epoch`. The first WATCH counts, as its keys are lost with that connection. */
  watched(epoch: number): void {
    this.#epoch ??= epoch;
  }

  /** Notes a successful UNWATCH or RESET. */
  forget(): void {
    this.#epoch = undefined;
    this.#dirty = undefined;
  }

  /** Notes that the user closed the connection. */
  closed(): void {
    this.#epoch = undefined;
  }

  /** Notes the loss of the connection: aborts unsent transactions that rely on its WATCH, as they must not run on the next connection. */
  disconnected(): void {
    if (this.#epoch !== undefined) this.#epoch = NO_EPOCH;
    const abort = this.#abort;
    this.#abort = undefined;
    abort?.abort();
  }

  /**
   * Called before a transaction is sent. Resets the state, as a transaction ends WATCH.
   *
   * @param epoch the number of the current connection
   * @returns a guard, if the transaction relies on WATCH
   * @throws WatchError if the transaction cannot succeed any more
   */
  consume(epoch: number): WatchGuard | undefined {
    const watchEpoch = this.#epoch;
    const dirty = this.#dirty;
    this.#epoch = undefined;
    this.#dirty = undefined;
    if (dirty !== undefined) throw new WatchError(dirty);
    if (watchEpoch === undefined) return undefined;
    if (watchEpoch !== epoch) throw reconnected();
    this.#abort ??= new AbortController();
    return new WatchGuard(this.#abort.signal);
  }
}

/** Binds a transaction to the connection that watches its keys. */
export class WatchGuard {
  readonly #lost: AbortSignal;

  constructor(lost: AbortSignal) {
    this.#lost = lost;
  }

  /** Returns the abort signal for the transaction, which combines the loss of the connection with the caller's signal. */
  signal(own: AbortSignal | undefined): AbortSignal {
    return own === undefined ? this.#lost : AbortSignal.any([own, this.#lost]);
  }

  /** Returns the error to report: a WatchError if the loss of the connection aborted the transaction, else `error`. */
  explain(error: unknown, own: AbortSignal | undefined): unknown {
    const byUser = own?.aborted === true;
    return this.#lost.aborted && !byUser && error instanceof AbortError ? reconnected() : error;
  }
}

function reconnected(): WatchError {
  return new WatchError('Client reconnected after WATCH');
}
