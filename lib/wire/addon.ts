/** The native engine as TypeScript sees it. `docs/architecture.md`, "The boundary", says what the memory holds. */
import { BOUNDARY_VERSION, type NativeEvent, type QuestionKind } from './boundary.generated';
import { loadAddon, mismatch } from './load-addon';

/** TLS settings of a link, in native terms. */
export interface NativeTlsOptions {
  ca: Buffer[];
  cert: Buffer[];
  key: Buffer[];
  rejectUnauthorized: boolean;
  servername?: string;
  customIdentity: boolean;
  minVersion: string;
  maxVersion: string;
  alpn: string[];
}

/** Settings of a link, in native terms. Times are milliseconds. */
export interface NativeLinkOptions {
  host?: string;
  port?: number;
  path?: string;
  family: number;
  localAddress?: string;
  localPort?: number;
  noDelay: boolean;
  keepAliveInitialDelay?: number;
  tcpUserTimeout?: number;
  connectTimeout: number;
  socketTimeout: number;
  pump: boolean;
  busyPoll: number;
  tls?: NativeTlsOptions;
  /** JS says where to connect to, before each attempt. */
  customEndpoint: boolean;
  customLookup: boolean;
  /** JS is asked for credentials before each handshake; else they are `username` and `password`. */
  asksCredentials: boolean;
  username?: string;
  password?: string;
  resp: number;
  name?: string;
  database: number;
  readonly: boolean;
  libName?: string;
  libVersion?: string;
  /** The words of CLIENT TRACKING. */
  tracking?: Buffer[];
  maintEndpointType?: string;
  maintRequired: boolean;
  disableOfflineQueue: boolean;
  /** The number of the cache that replies are kept in. */
  cache?: number;
}

/** Settings of a cache, in native terms. Times are milliseconds; 0 is no limit. */
export interface NativeCacheOptions {
  ttl: number;
  maxEntries: number;
  maxBytes: number;
  fifo: boolean;
  prefixes: Buffer[];
}

/** Sizes and counters of a cache. */
export interface NativeCacheCounts {
  entries: number;
  /** Memory of the entries, estimated from above. */
  bytes: number;
  /** Reads that are on their way. */
  loads: number;
  /** Entries that were dropped because of a limit, their time or a lost connection. */
  evictions: number;
}

/** What happened in a cache (`NEWS_…`): with the command if it is about a reply, with the key if it is about one. */
export interface NativeCacheNews {
  kind: number;
  bytes?: Buffer;
  database: number;
}

/** An answer to a question of the engine: `QuestionKind` says which fields it has. */
export interface NativeAnswer {
  question: QuestionKind;
  /** The attempt has failed; JS holds the error. */
  failed?: true;
  host?: string;
  port?: number;
  path?: string;
  servername?: string;
  addresses?: string[];
  username?: string;
  password?: string;
  /** Milliseconds. */
  delay?: number;
}

/** What the engine calls. None of them may throw. */
export interface NativeCallbacks {
  /** Replies are in the inbox. */
  dispatch(text: string, ...strings: string[]): void;
  /** `detail` is JSON for errors, base64 or text otherwise. */
  event(kind: NativeEvent, link: number, a: number, b: number, detail: string): void;
  /** Memory for a big reply: the block of this number, of at least this size. */
  allocate(block: number, size: number): Buffer | undefined;
  /** A larger inbox. */
  growInbox(words: number): Int32Array;
}

/** Memory that both sides use. */
export interface NativeMemory {
  out: Buffer;
  meta: Int32Array;
  control: Int32Array;
  inbox: Int32Array;
  area: Buffer;
}

/** The engine of one environment. */
export interface NativeEngine {
  /** Takes the commands of the batch from `out`. */
  flush(): void;
  /**
   * Lends an argument to the command that will be the one at `index` of the batch, with flag `LARGE`. It is written from where it is,
   * and kept until then.
   *
   * @param length what is written of it; the command fails if it is shorter when its turn comes
   * @param at so many of the command's own bytes come before it
   * @param flags `LENT_…`
   */
  lend(argument: Uint8Array, length: number, index: number, at: number, flags: number): void;
  /** Memory that was lent with `LENT_ONCE`, of at least this size. */
  takeSpare(size: number): Buffer | null | undefined;
  /** What the engine has to tell of the link comes with the next call. */
  open(options: NativeLinkOptions): number;
  release(link: number): void;
  close(link: number): void;
  destroy(link: number): void;
  /** No further attempt, whatever the link is doing. */
  giveUp(link: number): void;
  /**
   * Answers a question (`NativeEvent.Ask`). One that does not wait for this answer, or no longer, is left alone.
   *
   * @throws when the answer does not say what the question asks for
   */
  answer(link: number, serial: number, answer: NativeAnswer): void;
  setDatabase(link: number, database: number): void;
  /** Commands that later handshakes repeat, encoded. RESET ends that. */
  setRestored(link: number, commands: Buffer[]): void;
  /** Replaces the subscriptions of a kind that later handshakes ask for. */
  setSubscriptions(link: number, kind: number, channels: Buffer[]): void;
  /** Later handshakes ask for MONITOR. */
  setMonitor(link: number): void;
  /** The credentials of the handshakes to come, also of the one after RESET. */
  setCredentials(link: number, username: string | undefined, password: string | undefined): void;
  /** JS is asked for credentials before each handshake to come. */
  askCredentials(link: number): void;
  /** Requests that were written and wait for their replies. */
  inFlight(link: number): number;
  setReferenced(link: number, referenced: boolean): void;
  subscribe(link: number, ticket: number, kind: number, channels: Buffer[]): void;
  unsubscribe(link: number, ticket: number, kind: number, channels: Buffer[] | undefined): void;
  monitor(link: number, ticket: number): void;
  reset(link: number, ticket: number): void;
  cancel(ticket: number): boolean;
  tick(): void;
  attend(): void;
  /** Has native code fail inside, once, for tests. @param place `FAULT_IN_…` */
  provokeFault(place: number): void;
  /** A Buffer over memory of a pool, where it goes when the Buffer is collected; nothing where the runtime has no such Buffers. */
  takeBlock(size: number): Buffer | null | undefined;
  /** Frees the pool if no block was taken since the last call. @returns whether it has to be called again */
  trimBlocks(): boolean;
  /** Makes a cache, which lives until `dropCache`. */
  makeCache(options: NativeCacheOptions): number;
  dropCache(cache: number): void;
  /** The function that looks up what the control memory says; its result is the reply if that is a short string; else the answer is there, too. */
  cacheFinder(): () => string | undefined;
  /** The function that tells a cache of the write that the control memory describes, which is sent next. */
  cacheWriter(): () => void;
  /**
   * Tells a cache of a write: replies that depend on its keys are dropped, now and when the request in the ticket is answered.
   *
   * @param keyAt offset of the first key's `$`; 0 is the first word
   * @param keyCount keys at most; 0: it changes everything
   */
  writeCached(cache: number, command: Buffer, keyAt: number, keyCount: number, ticket?: number): void;
  /** What was read over the link's connection is dropped, and nothing that it reads is kept until the next one or a reset. */
  untrack(link: number): void;
  /** The memory that cached replies and their tapes are put into. */
  setReplyMemory(bytes: Buffer, words: Int32Array): void;
  /** A load has failed or was taken back. */
  abandonLoad(cache: number, ticket: number): void;
  /** Drops all replies; `counted` as evictions. */
  clearCache(cache: number, counted: boolean): void;
  /** Drops what depends on a key, or everything. */
  invalidateCached(cache: number, key: Buffer | null): void;
  hasCached(cache: number, command: Buffer, database: number): boolean;
  removeCached(cache: number, command: Buffer, database: number): void;
  removeOldestCached(cache: number): void;
  cacheCounts(cache: number): NativeCacheCounts;
  /** Whether `cacheNews` is wanted. */
  setCacheHeard(cache: number, heard: boolean): void;
  cacheNews(cache: number): NativeCacheNews[];
}

/** The exports of the addon. */
export interface Addon {
  NativeEngine: new (callbacks: NativeCallbacks, memory: NativeMemory, useLibuv: boolean) => NativeEngine;
  /** XXH3-64 of bytes as 16 hexadecimal characters. */
  digest(bytes: Buffer | Uint8Array): string;
  /** Stands for the numbers that the addon was built with. */
  boundaryVersion(): number;
  /** These numbers by their names in `boundary.generated.ts`; for tests. */
  boundary(): Record<string, number>;
}

/** Loads the addon of this platform. @throws Error with code `OXREDIS_ADDON_MISMATCH` when it belongs to another version of this package */
export function loadNative(): Addon {
  const addon = loadAddon() as Partial<Addon>;
  if (addon.boundaryVersion?.() !== BOUNDARY_VERSION) throw mismatch();
  return addon as Addon;
}
