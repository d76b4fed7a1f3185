/**
 * Answers what the engine asks: where to connect to, addresses, a verdict on a certificate, credentials, and when to try again. The
 * functions that answer come with the settings that make the engine ask. Where one is missing all the same, the attempt fails: silence is
 * no consent.
 */
import { plainError, thrownError } from '../errors';
import type { NativeAnswer, NativeEngine } from './addon';
import { QuestionKind } from './boundary.generated';
import type { Credentials, Endpoint, LinkHandlers, LinkOptions } from './link-types';
import { isError, isThenable, isUint8Array } from './realms';

/** Who asks: an attempt of a link. */
export interface Asking {
  link: number;
  serial: number;
}

/** Answers for one link. Late answers do no harm: the engine knows its attempts by their serial numbers. */
export class Answers {
  /** The attempt, or the connection, after whose end the engine waits for `retry`. */
  undecided = 0;
  readonly #handlers: LinkHandlers;
  readonly #native: NativeEngine;
  #error: Error | undefined;
  /** Where this attempt leads to. */
  #endpoint: Endpoint | undefined;
  /** What the engine uses; nothing: it asks. */
  #told: Credentials | undefined;

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

  /** What the engine does not have to ask for, as it is told by `open`. */
  knownCredentials(): Credentials | undefined {
    this.#told = this.#known();
    return this.#told;
  }

  /** Tells the engine if the credentials are others by now. */
  tellCredentials(link: number): void {
    this.#tell(link, this.#known());
  }

  /** Other credentials than the client's count. */
  setCredentials(link: number, credentials: Credentials): void {
    this.#tell(link, textsOf(credentials));
  }

  /** The next attempt begins after `delay` ms. */
  retry(link: number, delay: number): void {
    this.#native.answer(link, this.undecided, { question: QuestionKind.Retry, delay });
  }

  /** Answers a question of an attempt, at once if no promise is in the way. */
  ask(question: QuestionKind, asking: Asking, detail: string, options: LinkOptions): void {
    const fail = (error: unknown): void => this.#fail(asking, question, error);
    const use = (answer: unknown): void => {
      const { link, serial } = asking;
      this.#native.answer(link, serial, { question, ...this.#fieldsOf(question, answer, options) });
    };
    try {
      const answer = this.#answerOf(question, detail, options);
      // Promises of other realms and libraries count: the values would be taken for the answer.
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
        return lookup(this.#hostOr(host));
      case QuestionKind.Identity:
        if (tls?.checkServerIdentity === undefined) throw unanswered('a verdict on a certificate', 'socket.checkServerIdentity');
        return tls.checkServerIdentity(this.#endpoint?.servername ?? tls.servername ?? this.#hostOr(host), Buffer.from(detail, 'base64'));
      default:
        return this.#handlers.credentials();
    }
  }

  /** @throws for what is no answer */
  #fieldsOf(question: QuestionKind, answer: unknown, options: LinkOptions): Omit<NativeAnswer, 'question'> {
    switch (question) {
      case QuestionKind.Endpoint: {
        const endpoint = endpointOf(answer);
        this.#endpoint = endpoint;
        return { ...endpoint, servername: endpoint.servername ?? options.tls?.servername };
      }
      case QuestionKind.Lookup:
        if (!Array.isArray(answer) || answer.length === 0) {
          throw plainError(`socket.lookup gave no address for ${this.#hostOr(options.host)}`, 'ENOTFOUND');
        }
        return { addresses: (answer as { address: string }[]).map(({ address }) => address) };
      case QuestionKind.Identity:
        // As in Node, everything falsy accepts.
        if (answer) throw isError(answer) ? answer : refusedIdentity(answer);
        return {};
      default:
        return textsOf((answer ?? {}) as Credentials);
    }
  }

  #hostOr(host = 'localhost'): string {
    return this.#endpoint?.host ?? host;
  }

  /** What cannot be sent is asked for, which fails the attempt. */
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

  /** The question that asks for the error may come later: within an event, the engine only takes notes. */
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

/** Only what an endpoint has: the rest of an answer is not for the engine. */
function endpointOf(answer: unknown): Endpoint {
  const { host, port, path, servername } = (answer ?? {}) as Endpoint;
  if (path === undefined && host === undefined) throw unanswered('an endpoint', 'host or path in what was answered');
  return path === undefined ? { host, port, servername } : { path, servername };
}

function textsOf({ username, password }: Credentials): Credentials {
  return { username: credentialText(username, 'username'), password: credentialText(password, 'password') };
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
