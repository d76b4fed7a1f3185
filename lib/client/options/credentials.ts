/** Where user name and password come from. */
import { ClientError, thrownError } from '../../errors';
import type { Credentials } from '../../wire/link-types';
import { invalid } from './refused-options';

const PROVIDER_RULE = 'an object with a type and the function credentials or subscribe';

/** A user name and a password. */
export interface BasicAuth {
  username?: string;
  password?: string;
}

/** What stops a subscription. */
export interface Disposable {
  dispose(): void;
}

/** Asked for credentials before every connection. */
export interface AsyncCredentialsProvider {
  readonly type: 'async-credentials-provider';
  credentials(): Promise<BasicAuth>;
}

/** What a streaming provider calls. */
export interface StreamingCredentialsListener<T> {
  onNext(credentials: T): void;
  onError(error: Error): void;
}

/** Hands out new credentials whenever they change; the client then authenticates its connection again. */
export interface StreamingCredentialsProvider {
  readonly type: 'streaming-credentials-provider';
  /** Starts the stream. Resolves with the first credentials and what ends the stream. */
  subscribe(listener: StreamingCredentialsListener<BasicAuth>): Promise<[BasicAuth, Disposable]>;
  /** Told when new credentials could not be obtained, or when the server refused them. */
  onReAuthenticationError(error: Error): void;
}

/** A source of credentials. */
export type CredentialsProvider = AsyncCredentialsProvider | StreamingCredentialsProvider;

/** The server refused new credentials. */
export class CredentialsError extends ClientError {
  static override readonly code = 'OXREDIS_CREDENTIALS_REFUSED';
}

/** A streaming provider failed. */
export class UnableToObtainNewCredentialsError extends ClientError {
  static override readonly code = 'OXREDIS_NO_CREDENTIALS';
}

/** Where the providers of user names and passwords read them. */
const sources = new WeakMap<object, Credentials>();

/** The provider of the user name and the password that `source` has at the time, which costs no wait when connecting. */
export function passwordCredentials(source: Credentials): AsyncCredentialsProvider {
  const provider: AsyncCredentialsProvider = {
    type: 'async-credentials-provider',
    credentials: async () => ({ username: source.username, password: source.password }),
  };
  sources.set(provider, source);
  return provider;
}

/** Whether a provider was made by {@link passwordCredentials}, of `source` if that is given. */
export function isPasswordProvider(provider: CredentialsProvider | undefined, source?: Credentials): boolean {
  const read = provider === undefined || provider === null ? undefined : sources.get(provider);
  return read !== undefined && (source === undefined || read === source);
}

/** The credentials of one client. */
export class CredentialSource {
  readonly #provider: () => CredentialsProvider | undefined;
  readonly #reauthenticate: (credentials: BasicAuth) => Promise<unknown> | undefined;
  #latest: BasicAuth | undefined;
  /** What the user has authenticated with by hand. */
  #remembered: BasicAuth | undefined;
  /** The provider of the stream. */
  #streaming: StreamingCredentialsProvider | undefined;
  #subscription: Disposable | undefined;
  #generation = 0;

  /**
   * @param provider asked before every handshake
   * @param reauthenticate sends AUTH on the live connection; `undefined` when it has none (the next handshake does it)
   */
  constructor(
    provider: () => CredentialsProvider | undefined,
    reauthenticate: (credentials: BasicAuth) => Promise<unknown> | undefined,
  ) {
    this.#provider = provider;
    this.#reauthenticate = reauthenticate;
  }

  /** The credentials for the next handshake, unless a provider has to be asked for them. */
  known(): Credentials | undefined {
    const provider = this.#provider();
    if (!provider) return this.#remembered ?? {};
    const source = sources.get(provider);
    return source && (this.#remembered ?? { username: source.username, password: source.password });
  }

  /** The credentials for the next handshake. */
  current(): Credentials | PromiseLike<Credentials> {
    const known = this.known();
    if (known !== undefined) return known;
    const provider = this.#provider() as CredentialsProvider;
    if (provider.type === 'streaming-credentials-provider') return this.#stream(provider);
    if (typeof provider.credentials !== 'function') throw invalid('credentialsProvider', PROVIDER_RULE, provider);
    return provider.credentials();
  }

  /** The user authenticated by hand: later handshakes do the same, unless a provider says what is right by then. */
  remember(credentials: BasicAuth): void {
    const provider = this.#provider();
    if (!provider || sources.has(provider)) this.#remembered = credentials;
  }

  /** What is configured counts again. @returns it, if something else counted until now */
  forget(): Credentials | undefined {
    if (this.#remembered === undefined) return undefined;
    this.#remembered = undefined;
    const provider = this.#provider();
    return provider ? sources.get(provider) : {};
  }

  /** Ends the stream; the next {@link current} starts another one. */
  dispose(): void {
    this.#generation += 1;
    this.#latest = undefined;
    const subscription = this.#subscription;
    this.#subscription = undefined;
    subscription?.dispose();
  }

  #stream(provider: StreamingCredentialsProvider): BasicAuth | Promise<BasicAuth> {
    if (this.#streaming !== provider) this.dispose();
    this.#streaming = provider;
    if (this.#subscription !== undefined && this.#latest !== undefined) return this.#latest;
    return this.#subscribe(provider);
  }

  async #subscribe(provider: StreamingCredentialsProvider): Promise<BasicAuth> {
    this.dispose();
    const generation = this.#generation;
    const [initial, subscription] = await provider.subscribe({
      onNext: (credentials) => {
        if (generation === this.#generation) this.#next(provider, credentials);
      },
      onError: (error) => {
        if (generation !== this.#generation) return;
        const message = `Error from streaming credentials provider: ${error?.message}`;
        provider.onReAuthenticationError(new UnableToObtainNewCredentialsError(message));
      },
    });
    if (generation !== this.#generation) {
      // Closed while the provider was asked: nobody else will end this stream.
      subscription.dispose();
      return initial;
    }
    this.#subscription = subscription;
    this.#latest ??= initial;
    return this.#latest;
  }

  #next(provider: StreamingCredentialsProvider, credentials: BasicAuth): void {
    this.#latest = credentials;
    this.#reauthenticate(credentials)?.catch((error: unknown) => {
      provider.onReAuthenticationError(new CredentialsError(thrownError(error).message));
    });
  }
}
