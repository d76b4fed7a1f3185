/** The methods of a client that open and close it, for `mixIn`. */
import type { ClientLife } from './client-life';
import type { CloseOptions } from '../connection/connection';
import { aliasUpperCase } from './mixin';
import type { Runner } from '../run/runner';

/** Maximum time in ms that the end of an `await using` block waits for commands. */
const DISPOSE_TIMEOUT = 5000;

export abstract class ConnectionMethods {
  /** @internal */
  declare readonly _self: { readonly _life: ClientLife; readonly _runner: Runner };

  /** Whether `connect()` was called and the client was neither closed nor given up since. Also true while it reconnects. */
  get isOpen(): boolean {
    return this._self._runner.link.isOpen;
  }

  /** Whether the client is connected and its handshake is complete. */
  get isReady(): boolean {
    return this._self._runner.link.isReady;
  }

  /** Number of connections that this client has established so far. */
  get socketEpoch(): number {
    return this._self._runner.epoch;
  }

  /**
   * Connects to the server.
   *
   * @returns this client, once it is ready
   * @throws (rejects) the error with which the reconnect strategy gave up; the first error if `error` has no listener; an error if the
   * client is already open
   */
  async connect(): Promise<this> {
    await this._self._life.connect();
    return this;
  }

  /**
   * Closes the client after all its commands have finished. New commands are rejected. Between two attempts to connect, queued commands
   * are rejected at once; during an attempt, only if it fails.
   *
   * @param options `timeout`: time in ms after which unfinished commands are rejected
   * @throws (rejects) ClientClosedError if the client is not open
   */
  close(options?: CloseOptions): Promise<void> {
    return this._self._life.close(options);
  }

  /**
   * Closes the client at once and rejects all commands with `DisconnectsClientError`. Does nothing on a closed client.
   *
   * @throws what a listener of `end` throws; the client is closed nevertheless
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

  /** Makes the connection keep the process alive, which is the default. */
  ref(): void {
    this._self._life.ref();
  }

  /** Lets the process exit while the client is connected. Applies to later connections too. */
  unref(): void {
    this._self._life.unref();
  }

  declare QUIT: ConnectionMethods['quit'];
}

aliasUpperCase(ConnectionMethods.prototype, ['quit']);
