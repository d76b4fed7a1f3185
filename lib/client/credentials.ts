/** Where user name and password come from. */
import type { Credentials } from '../wire/link';

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
export class CredentialsError extends Error {}

/** A streaming provider failed. */
export class UnableToObtainNewCredentialsError extends Error {}

const fixed = new WeakMap<CredentialsProvider, Credentials>();

/** The provider of fixed credentials, which costs no wait when connecting. */
export function passwordCredentials(username: string | undefined, password: string | undefined): AsyncCredentialsProvider {
  const credentials: Credentials = { username, password };
  const provider: AsyncCredentialsProvider = {
    type: 'async-credentials-provider',
    credentials: async () => ({ ...credentials }),
  };
  fixed.set(provider, credentials);
  return provider;
}

/** Whether a provider was made by {@link passwordCredentials}: then `username` and `password` say the same. */
export function isPasswordProvider(provider: CredentialsProvider | undefined): boolean {
  return provider !== undefined && fixed.has(provider);
}

/** The credentials of one client. */
export class CredentialSource {
  readonly #provider: CredentialsProvider | undefined;
  readonly #reauthenticate: (credentials: BasicAuth) => Promise<unknown> | undefined;
  #latest: BasicAuth | undefined;
  /** What the user has authenticated with by hand. */
  #remembered: BasicAuth | undefined;
  #subscription: Disposable | undefined;
  #generation = 0;

  /** @param reauthenticate sends AUTH on the live connection; `undefined` when it has none (the next handshake does it) */
  constructor(
    provider: CredentialsProvider | undefined,
    reauthenticate: (credentials: BasicAuth) => Promise<unknown> | undefined,
  ) {
    this.#provider = provider;
    this.#reauthenticate = reauthenticate;
  }

  /** The credentials for the next handshake. */
  current(): Credentials | Promise<Credentials> {
    const provider = this.#provider;
    if (provider === undefined) return this.#remembered ?? {};
    const known = fixed.get(provider);
    if (known !== undefined) return this.#remembered ?? known;
    if (provider.type === 'streaming-credentials-provider') return this.#stream(provider);
    return provider.credentials();
  }

  /** The user authenticated by hand: later handshakes do the same, unless a provider says what is right by then. */
  remember(credentials: BasicAuth): void {
    if (this.#provider === undefined || fixed.has(this.#provider)) this.#remembered = credentials;
  }

  /** What is configured counts again. @returns it, if something else counted until now */
  forget(): Credentials | undefined {
    if (this.#remembered === undefined) return undefined;
    this.#remembered = undefined;
    return this.#provider === undefined ? {} : fixed.get(this.#provider);
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
      provider.onReAuthenticationError(new CredentialsError(error instanceof Error ? error.message : String(error)));
    });
  }
}
