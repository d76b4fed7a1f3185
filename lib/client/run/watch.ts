/** What is known about WATCH on a connection. */
import { AbortError, WatchError } from '../../errors';

/** The number of no connection. */
const NO_EPOCH = -1;

/** The optimistic lock of one client. */
export class WatchState {
  #epoch: number | undefined;
  #dirty: string | undefined;
  #abort: AbortController | undefined;

  /** Keys are watched. */
  get isWatching(): boolean {
    return this.#epoch !== undefined;
  }

  /** The next transaction fails, whatever the server says. */
  get isDirty(): boolean {
    return this.#dirty !== undefined;
  }

  /** Makes the next transaction fail with this text. */
  setDirty(message: string): void {
    this.#dirty = message;
  }

  /** WATCH succeeded on connection number `epoch`. The first one counts: keys watched before it are lost with its connection. */
  watched(epoch: number): void {
    this.#epoch ??= epoch;
  }

  /** UNWATCH or RESET succeeded. */
  forget(): void {
    this.#epoch = undefined;
    this.#dirty = undefined;
  }

  /** The connection was closed on purpose. */
  closed(): void {
    this.#epoch = undefined;
  }

  /** The connection was lost: transactions that rely on its WATCH and were not sent yet must not run on the next one. */
  disconnected(): void {
    if (this.#epoch !== undefined) this.#epoch = NO_EPOCH;
    const abort = this.#abort;
    this.#abort = undefined;
    abort?.abort();
  }

  /**
   * A transaction is about to be sent: it uses the state up.
   *
   * @param epoch the number of the current connection
   * @returns a guard for transactions that rely on WATCH
   * @throws WatchError when the transaction cannot succeed any more
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

/** Ties a transaction to the connection that watches. */
export class WatchGuard {
  readonly #lost: AbortSignal;

  constructor(lost: AbortSignal) {
    this.#lost = lost;
  }

  /** The signal to send the transaction with: the connection's, and the caller's own. */
  signal(own: AbortSignal | undefined): AbortSignal {
    return own === undefined ? this.#lost : AbortSignal.any([own, this.#lost]);
  }

  /** The error to report for `error`. A transaction that the loss of the connection aborted failed because of WATCH. */
  explain(error: unknown, own: AbortSignal | undefined): unknown {
    const byUser = own?.aborted === true;
    return this.#lost.aborted && !byUser && error instanceof AbortError ? reconnected() : error;
  }
}

function reconnected(): WatchError {
  return new WatchError('Client reconnected after WATCH');
}
