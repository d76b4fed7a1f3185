/** What the engine asks the client during an attempt to connect: addresses, a verdict on a certificate, credentials. */
import type { NativeEngine } from './addon';
import type { LinkHandlers, LinkOptions } from './link-types';

/** Answers for one link. Late answers do no harm: the engine knows its attempts by their serial numbers. */
export class AttemptAnswers {
  readonly #handlers: LinkHandlers;
  readonly #native: NativeEngine;
  #error: Error | undefined;

  constructor(handlers: LinkHandlers, native: NativeEngine) {
    this.#handlers = handlers;
    this.#native = native;
  }

  /** Takes the error of the attempt that failed here, once. */
  takeError(): Error | undefined {
    const error = this.#error;
    this.#error = undefined;
    return error;
  }

  credentials(link: number, serial: number): void {
    this.#answer(link, serial, () => this.#handlers.credentials(), ({ username, password }) => {
      this.#native.answerCredentials(link, serial, username, password);
    });
  }

  addresses(link: number, serial: number, { host = 'localhost' }: LinkOptions): void {
    this.#answer(link, serial, () => this.#handlers.lookup?.(host) ?? [], (addresses) => {
      this.#native.answerAddresses(link, serial, addresses.map(({ address }) => address));
    });
  }

  identity(link: number, serial: number, certificate: Buffer, { tls, host = 'localhost' }: LinkOptions): void {
    this.#answer(link, serial, () => this.#handlers.checkServerIdentity?.(tls?.servername ?? host, certificate), (error) => {
      if (error === undefined) this.#native.answerIdentity(link, serial);
      else this.#fail(link, serial, error);
    });
  }

  /** Asks the client and hands the answer on, at once if it is no promise. */
  #answer<T>(link: number, serial: number, ask: () => T | Promise<T>, use: (answer: T) => void): void {
    const fail = (error: unknown): void => this.#fail(link, serial, error);
    try {
      const answer = ask();
      if (answer instanceof Promise) answer.then(use).catch(fail);
      else use(answer);
    } catch (error) {
      fail(error);
    }
  }

  /** The event that asks for the error may come later: within an event, the engine only takes notes. */
  #fail(link: number, serial: number, error: unknown): void {
    this.#error = error instanceof Error ? error : new Error(String(error));
    this.#native.failAttempt(link, serial);
  }
}
