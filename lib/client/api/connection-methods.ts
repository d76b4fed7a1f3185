/** Opening and closing a client: methods of a client, for `mixIn`. */
import type { ClientLife } from './client-life';
import type { CloseOptions } from '../connection/connection';
import { aliasUpperCase } from './mixin';
import type { Runner } from '../run/runner';

/** Ms that the end of an `await using` block waits for commands. */
const DISPOSE_TIMEOUT = 5000;

export abstract class ConnectionMethods {
  /** @internal */
  declare readonly _self: { readonly _life: ClientLife; readonly _runner: Runner };

  /** `connect()` was called, and the client has not been closed or given up since: also while it reconnects. */
  get isOpen(): boolean {
    return this._self._runner.link.isOpen;
  }

  /** Connected, with the handshake done. */
  get isReady(): boolean {
    return this._self._runner.link.isReady;
  }

  /** How many connections this client has had. */
  get socketEpoch(): number {
    return this._self._runner.epoch;
  }

  /**
   * Connects.
   *
   * @returns this client, once it is ready
   * @throws (rejects) what the reconnect strategy gave up with; at once when nobody listens to `error`; when the client is open already
   */
  async connect(): Promise<this> {
    await this._self._life.connect();
    return this;
  }

  /**
   * Closes the client when all commands have finished. New ones are rejected from now on. While the client is not connected,
   * what is queued is rejected instead.
   *
   * @param options `timeout`: ms after which what still runs is rejected too
   * @throws (rejects) ClientClosedError when the client is not open
   */
  close(options?: CloseOptions): Promise<void> {
    return this._self._life.close(options);
  }

  /**
   * Closes the client at once and rejects all commands with `DisconnectsClientError`. Harmless on a closed client.
   *
   * @throws what a listener of `end` throws; the client is closed all the same
   */
  destroy(): void {
    this._self._life.destroy();
  }

  /** @deprecated use `destroy` */
  async disconnect(): Promise<void> {
    this.destroy();
  }

  /** @deprecated use `close` */
  quit(): Promise<string> {
    return this._self._life.quit();
  }

  /** Ends an `await using` block: closes the client if it is open, for at most 5 seconds. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.isOpen) await this._self._life.close({ timeout: DISPOSE_TIMEOUT });
  }

  /** Lets the connection keep the process alive, which is the default. */
  ref(): void {
    this._self._life.ref();
  }

  /** Lets the process end while the client is connected. Remembered for later connections. */
  unref(): void {
    this._self._life.unref();
  }

  declare QUIT: ConnectionMethods['quit'];
}

aliasUpperCase(ConnectionMethods.prototype, ['quit']);
