/**
 * What the engine asks the client during an attempt to connect: addresses, a verdict on a certificate, credentials. The functions that
 * answer come with the settings that make the engine ask. Where one is missing all the same, the attempt fails: silence is no consent.
 */
import { plainError, thrownError } from '../errors';
import type { NativeEngine } from './addon';
import type { Credentials, LinkHandlers, LinkOptions } from './link-types';
import { isError, isThenable, isUint8Array } from './realms';

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
    this.#answer(link, serial, () => this.#handlers.credentials(), (answer) => {
      const { username, password } = (answer ?? {}) as Credentials;
      this.#native.answerCredentials(link, serial, credentialText(username, 'username'), credentialText(password, 'password'));
    });
  }

  addresses(link: number, serial: number, { host = 'localhost', lookup }: LinkOptions): void {
    this.#answer(link, serial, () => {
      if (lookup === undefined) throw unanswered('addresses', 'socket.lookup');
      return lookup(host);
    }, (answer) => {
      const addresses = answer as { address: string }[];
      if (!Array.isArray(addresses) || addresses.length === 0) throw plainError(`socket.lookup gave no address for ${host}`, 'ENOTFOUND');
      this.#native.answerAddresses(link, serial, addresses.map(({ address }) => address));
    });
  }

  identity(link: number, serial: number, certificate: Buffer, { tls, host = 'localhost' }: LinkOptions): void {
    this.#answer(link, serial, () => {
      if (tls?.checkServerIdentity === undefined) throw unanswered('a verdict on a certificate', 'socket.checkServerIdentity');
      return tls.checkServerIdentity(tls.servername ?? host, certificate);
    }, (verdict) => {
      // As in Node, everything falsy accepts.
      if (!verdict) this.#native.answerIdentity(link, serial);
      else this.#fail(link, serial, isError(verdict) ? verdict : refusedIdentity(verdict));
    });
  }

  /** Asks the client and hands the answer on, at once if it is no promise. */
  #answer(link: number, serial: number, ask: () => unknown, use: (answer: unknown) => void): void {
    const fail = (error: unknown): void => this.#fail(link, serial, error);
    try {
      const answer = ask();
      // Promises of other realms and libraries count: the values would be taken for the answer.
      if (isThenable(answer)) Promise.resolve(answer).then(use).catch(fail);
      else use(answer);
    } catch (error) {
      fail(error);
    }
  }

  /** The event that asks for the error may come later: within an event, the engine only takes notes. */
  #fail(link: number, serial: number, error: unknown): void {
    this.#error = thrownError(error);
    this.#native.failAttempt(link, serial);
  }
}

function unanswered(what: string, option: string): Error {
  return plainError(`The connection needs ${what}, and there is no ${option}`, 'OXREDIS_UNANSWERED');
}

function refusedIdentity(verdict: unknown): Error {
  return plainError(`socket.checkServerIdentity refused the certificate: ${String(verdict)}`, 'ERR_TLS_CERT_ALTNAME_INVALID');
}

/** Bytes count where they are text. The value never shows in the error. */
function credentialText(value: unknown, field: string): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return value;
  if (!isUint8Array(value)) throw invalidCredential(`The ${field} must be of type "string | Buffer", got ${typeof value} instead.`);
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  const text = bytes.toString();
  if (!Buffer.from(text).equals(bytes)) throw invalidCredential(`The ${field} must be UTF-8`);
  return text;
}

function invalidCredential(message: string): TypeError {
  return Object.assign(new TypeError(message), { code: 'OXREDIS_INVALID_CREDENTIALS' });
}
