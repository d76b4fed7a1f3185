/**
 * Answers the engine's questions: where to connect to, DNS addresses, whether a certificate is accepted, credentials, and when to
 * reconnect. The engine asks only for what the options have a function for. If that function is missing nevertheless, the attempt
 * fails: a missing check must not count as a successful one.
 */
import { isIP } from 'node:net';
import { plainError, thrownError } from '../errors';
import type { NativeAnswer, NativeEngine } from './addon';
import { QuestionKind } from './boundary.generated';
import type { Credentials, Endpoint, LinkHandlers, LinkOptions, TlsOptions } from './link-types';
import { isError, isThenable, isUint8Array } from './realms';

/** The connection attempt that asks: its link and its serial number. */
export interface Asking {
  link: number;
  serial: number;
}

/** Answers for one link. The engine ignores late answers, since each carries the serial number of its attempt. */
export class Answers {
  /** Serial number of the failed attempt or lost connection for which the engine waits for `retry`. */
  undecided = 0;
  readonly #handlers: LinkHandlers;
  readonly #native: NativeEngine;
  #error: Error | undefined;
  /** The endpoint of the current attempt. */
  #endpoint: Endpoint | undefined;
  /** The credentials that the engine was given; `undefined` when it asks before each handshake. */
  #told: Credentials | undefined;

  constructor(handlers: LinkHandlers, native: NativeEngine) {
    this.#handlers = handlers;
    this.#native = native;
  }

  /** Returns the error of an attempt that failed in JS, and clears it. */
  takeError(): Error | undefined {
    const error = this.#error;
    this.#error = undefined;
    return error;
  }

  /** Returns the credentials to pass to `open`; `undefined` makes the engine ask for them. */
  knownCredentials(): Credentials | undefined {
    this.#told = this.#known();
    return this.#told;
  }

  /** Passes the current credentials to the engine if they have changed. */
  tellCredentials(link: number): void {
    this.#tell(link, this.#known());
  }

  /** Replaces the client's credentials for later handshakes. */
  setCredentials(link: number, credentials: Credentials): void {
    this.#tell(link, textsOf(credentials));
  }

  /** Starts the next attempt after `delay` ms. */
  retry(link: number, delay: number): void {
    this.#native.answer(link, this.undecided, { question: QuestionKind.Retry, delay });
  }

  /** Answers a question of an attempt, synchronously unless the answer is a promise. */
  ask(question: QuestionKind, asking: Asking, detail: string, options: LinkOptions): void {
    const fail = (error: unknown): void => this.#fail(asking, question, error);
    const use = (answer: unknown): void => {
      const { link, serial } = asking;
      this.#native.answer(link, serial, { question, ...this.#fieldsOf(question, answer, detail, options) });
    };
    try {
      const answer = this.#answerOf(question, detail, options);
      // Thenables of other realms and libraries are awaited, too: otherwise the promise itself would be taken for the answer.
      if (isThenable(answer)) Promise.resolve(answer).then(use).catch(fail);
      else use(answer);
    } catch (error) {
      fail(error);
    }
  }

  #answerOf(question: QuestionKind, detail: string, { endpoint, lookup, tls, host }: LinkOptions): unknown {
    switch (question) {
      case QuestionKind.Endpoint:
        if (endpoint === undefined) throw unanswered('an endpoint', 'endpoint');
        return endpoint();
      case QuestionKind.Lookup:
        if (lookup === undefined) throw unanswered('addresses', 'socket.lookup');
        return lookup(detail || this.#hostOr(host));
      case QuestionKind.Identity:
        if (tls?.checkServerIdentity === undefined) throw unanswered('a verdict on a certificate', 'socket.checkServerIdentity');
        return this.#judge(detail, tls, host);
      default:
        return this.#handlers.credentials();
    }
  }

  /** @throws when the value is not a valid answer, or refuses the certificate */
  #fieldsOf(question: QuestionKind, answer: unknown, detail: string, options: LinkOptions): Omit<NativeAnswer, 'question'> {
    switch (question) {
      case QuestionKind.Endpoint: {
        const endpoint = endpointOf(answer);
        this.#endpoint = endpoint;
        return { ...endpoint, servername: endpoint.servername ?? options.tls?.servername };
      }
      case QuestionKind.Lookup:
        if (!Array.isArray(answer) || answer.length === 0) {
          throw plainError(`socket.lookup gave no address for ${detail || this.#hostOr(options.host)}`, 'ENOTFOUND');
        }
        return { addresses: (answer as { address: string }[]).map(({ address }) => address) };
      case QuestionKind.Identity:
        // As in Node, any falsy result accepts the certificate.
        if (answer) throw isError(answer) ? answer : refusedIdentity(answer);
        return {};
      default:
        // No answer must not connect without authentication.
        if (answer === undefined || answer === null) throw invalidCredential(`The credentials provider gave ${String(answer)}`);
        return textsOf(answer as Credentials);
    }
  }

  /**
   * Asks the user's function.
   *
   * @param detail the certificate, and the host that a server has announced, if it leads there. An announced address is no name for
   *   certificates if the configured host is one. The name that the user has set stands in any case
   */
  #judge(detail: string, { checkServerIdentity, servername }: TlsOptions, host: string | undefined): unknown {
    const [certificate, announced = ''] = detail.split(' ') as [string, string | undefined];
    const configured = this.#hostOr(host);
    const isElsewhere = announced !== '' && (isIP(announced) === 0 || isIP(configured) !== 0);
    const name = this.#endpoint?.servername ?? servername ?? (isElsewhere ? announced : configured);
    return checkServerIdentity?.(name, Buffer.from(certificate, 'base64'));
  }

  /** The configured host. */
  #hostOr(host = 'localhost'): string {
    return this.#endpoint?.host ?? host;
  }

  /** Invalid credentials give `undefined`: the engine then asks for them, and that answer fails the attempt with the error. */
  #known(): Credentials | undefined {
    try {
      const known = this.#handlers.knownCredentials?.();
      return known && textsOf(known);
    } catch {
      return undefined;
    }
  }

  #tell(link: number, credentials: Credentials | undefined): void {
    const told = this.#told;
    this.#told = credentials;
    if (credentials === undefined) {
      if (told !== undefined) this.#native.askCredentials(link);
      return;
    }
    const { username, password } = credentials;
    if (told === undefined || told.username !== username || told.password !== password) this.#native.setCredentials(link, username, password);
  }

  /** Stores the error until the engine reports the failed attempt, which may be later: within an event, the engine only queues answers. */
  #fail({ link, serial }: Asking, question: QuestionKind, error: unknown): void {
    this.#error = thrownError(error);
    this.#native.answer(link, serial, { question, failed: true });
  }
}

function unanswered(what: string, option: string): Error {
  return plainError(`The connection needs ${what}, and there is no ${option}`, 'OXREDIS_UNANSWERED');
}

function refusedIdentity(verdict: unknown): Error {
  return plainError(`socket.checkServerIdentity refused the certificate: ${String(verdict)}`, 'ERR_TLS_CERT_ALTNAME_INVALID');
}

/** Copies the fields of an endpoint and leaves out any others. */
function endpointOf(answer: unknown): Endpoint {
  const { host, port, path, servername } = (answer ?? {}) as Endpoint;
  if (path === undefined && host === undefined) throw unanswered('an endpoint', 'host or path in what was answered');
  return path === undefined ? { host, port, servername } : { path, servername };
}

function textsOf({ username, password }: Credentials): Credentials {
  return { username: credentialText(username, 'username'), password: credentialText(password, 'password') };
}

/** Returns the text of a string or of UTF-8 bytes. Errors never contain the value. */
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
