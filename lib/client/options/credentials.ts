/** Credentials of a client: fixed ones, providers, and AUTH by the user. */
import { ClientError, thrownError } from '../../errors';
import type { Credentials } from '../../wire/link-types';
import { invalid } from './refused-options';

const PROVIDER_RULE = 'an object with a type and the function credentials or subscribe';

/** A user name and a password. */
export interface BasicAuth {
  username?: string;
  password?: string;
}

/** A subscription that can be ended. */
export interface Disposable {
  dispose(): void;
}

/** A provider that is asked for credentials before every connection. */
export interface AsyncCredentialsProvider {
  readonly type: 'async-credentials-provider';
  credentials(): Promise<BasicAuth>;
}

/** What a streaming provider calls with new credentials, or with an error. */
export interface StreamingCredentialsListener<T> {
  onNext(credentials: T): void;
  onError(error: Error): void;
}

/** A provider that announces new credentials. The client then authenticates its open connection with them. */
export interface StreamingCredentialsProvider {
  readonly type: 'streaming-credentials-provider';
  /** Starts the stream. Resolves to the first credentials and an object whose `dispose` ends the stream. */
  subscribe(listener: StreamingCredentialsListener<BasicAuth>): Promise<[BasicAuth, Disposable]>;
  /** Called when new credentials could not be obtained, or when the server refused them. */
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

/** For each provider made by {@link passwordCredentials}, the object that it reads from. */
const sources = new WeakMap<object, Credentials>();

/** Returns a provider that reads user name and password from `source` at each handshake. The client reads them synchronously. */
export function passwordCredentials(source: Credentials): AsyncCredentialsProvider {
  const provider: AsyncCredentialsProvider = {
    type: 'async-credentials-provider',
    credentials: async () => ({ username: source.username, password: source.password }),
  };
  sources.set(provider, source);
  return provider;
}

/** Whether a provider was made by {@link passwordCredentials}; with `source`, whether it reads from that object. */
export function isPasswordProvider(provider: CredentialsProvider | undefined, source?: Credentials): boolean {
  const read = provider === undefined || provider === null ? undefined : sources.get(provider);
  return read !== undefined && (source === undefined || read === source);
}

/** Determines the credentials of one client. */
export class CredentialSource {
  readonly #provider: () => CredentialsProvider | undefined;
  readonly #reauthenticate: (credentials: BasicAuth) => Promise<unknown> | undefined;
  #latest: BasicAuth | undefined;
  /** The credentials of the user's last AUTH command. */
  #remembered: BasicAuth | undefined;
  /** The provider that the current stream belongs to. */
  #streaming: StreamingCredentialsProvider | undefined;
  #subscription: Disposable | undefined;
  #generation = 0;

  /**
   * @param provider returns the configured provider; called before every handshake
   * @param reauthenticate sends AUTH on the open connection; returns `undefined` without one, as the next handshake authenticates
   */
  constructor(
    provider: () => CredentialsProvider | undefined,
    reauthenticate: (credentials: BasicAuth) => Promise<unknown> | undefined,
  ) {
    this.#provider = provider;
    this.#reauthenticate = reauthenticate;
  }

  /** Returns the credentials for the next handshake; `undefined` if they must be requested from a provider. */
  known(): Credentials | undefined {
    const provider = this.#provider();
    if (!provider) return this.#remembered ?? {};
    const source = sources.get(provider);
    return source && (this.#remembered ?? { username: source.username, password: source.password });
  }

  /** Returns the credentials for the next handshake. */
  current(): Credentials | PromiseLike<Credentials> {
    const known = this.known();
    if (known !== undefined) return known;
    const provider = this.#provider() as CredentialsProvider;
    if (provider.type === 'streaming-credentials-provider') return this.#stream(provider);
    if (typeof provider.credentials !== 'function') throw invalid('credentialsProvider', PROVIDER_RULE, provider);
    return provider.credentials();
  }

  /** Notes a successful AUTH of the user. Later handshakes use its credentials, unless the user configured a provider. */
  remember(credentials: BasicAuth): void {
    const provider = this.#provider();
    if (!provider || sources.has(provider)) this.#remembered = credentials;
  }

  /** Forgets the user's AUTH, so that the configured credentials apply again. @returns these, if an AUTH was remembered */
  forget(): Credentials | undefined {
    if (this.#remembered === undefined) return undefined;
    this.#remembered = undefined;
    const provider = this.#provider();
    return provider ? sources.get(provider) : {};
  }

  /** Ends the stream. The next call of {@link current} starts another one. */
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
    const latest = this.#subscription === undefined ? undefined : this.#latest;
    // The server may refuse them: the attempt after this one subscribes again.
    this.#latest = undefined;
    return latest ?? this.#subscribe(provider);
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
      // The client was closed while the provider was asked, so this stream must be ended here.
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
