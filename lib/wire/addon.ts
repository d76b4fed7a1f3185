/** Types of the native engine. `docs/architecture.md`, "The boundary", describes the layout of the shared memory. */
import { BOUNDARY_VERSION, type NativeEvent, type QuestionKind, type ReadFrom } from './boundary.generated';
import { loadAddon, mismatch } from './load-addon';

/** TLS settings of a link, as the addon takes them. */
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

/** Settings of a link, as the addon takes them. Times are milliseconds. */
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
  /** The engine asks JS for the address before each connection attempt. */
  customEndpoint: boolean;
  customLookup: boolean;
  /** The engine asks JS for credentials before each handshake instead of using `username` and `password`. */
  asksCredentials: boolean;
  username?: string;
  password?: string;
  resp: number;
  name?: string;
  database: number;
  readonly: boolean;
  libName?: string;
  libVersion?: string;
  /** The words of the CLIENT TRACKING command. */
  tracking?: Buffer[];
  maintEndpointType?: string;
  maintRequired: boolean;
  disableOfflineQueue: boolean;
  /** The number of the cache that stores replies. */
  cache?: number;
}

/** Settings of a cluster, as the addon takes them. */
export interface NativeClusterOptions {
  /** Settings of the links of nodes. Host and port are replaced by the address of the node. */
  node: NativeLinkOptions;
  /** How often one command is sent elsewhere; the caller gets the next redirection as an error. */
  mostRedirections: number;
  readFrom: ReadFrom;
  /** The availability zone of this client. */
  zone?: string;
  /** A node is connected only when it is needed. */
  lazy: boolean;
  /** Milliseconds between two readings of the layout without another reason; 0: none. */
  refreshInterval: number;
}

/** Settings of a cache, as the addon takes them. Times are milliseconds; 0 means no limit. */
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
  /** Memory of the entries, an upper estimate. */
  bytes: number;
  /** Reads whose reply has not arrived yet. */
  loads: number;
  /** Entries that were dropped because of a limit, their age or a lost connection. */
  evictions: number;
}

/** One event of a cache (`NEWS_…`). `bytes` is the encoded command for a reply, the key for an invalidation. */
export interface NativeCacheNews {
  kind: number;
  bytes?: Buffer;
  database: number;
}

/** An answer to a question of the engine; its fields depend on `QuestionKind`. */
export interface NativeAnswer {
  question: QuestionKind;
  /** The connection attempt failed; JS keeps the error. */
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

/** The functions that the engine calls. None of them may throw. */
export interface NativeCallbacks {
  /** Replies are in the inbox. */
  dispatch(text: string, ...strings: string[]): void;
  /** `detail` is JSON for errors, base64 or text otherwise. */
  event(kind: NativeEvent, link: number, a: number, b: number, detail: string): void;
  /** Allocates memory for a large reply: block number `block`, of at least `size` bytes. `undefined` when there is no memory. */
  allocate(block: number, size: number): Buffer | undefined;
  /** Replaces the inbox by one with at least `words` words. */
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
  /** Takes the commands of the batch from `out` and sends them. */
  flush(): void;
  /**
   * Lends an argument to the command that will be at `index` in the batch (flag `LARGE`). Native code writes it to the socket without
   * copying it, and holds a reference until then.
   *
   * @param length bytes to write; the command fails if the memory is shorter when it is written
   * @param at offset in the command's own bytes before which the argument is inserted
   * @param flags `LENT_…`
   */
  lend(argument: Uint8Array, length: number, index: number, at: number, flags: number): void;
  /** Returns memory of at least `size` bytes that was lent with `LENT_ONCE` and is free again, if there is any. */
  takeSpare(size: number): Buffer | null | undefined;
  /** Opens a link and returns its id. Its events are reported from the next call on, so that the caller knows the id first. */
  open(options: NativeLinkOptions): number;
  /** Adds a cluster without nodes and returns its id, which stands in place of a link's. Opens no connection. */
  openCluster(options: NativeClusterOptions): number;
  /** Reads the layout over a ready link. Answered by `NativeEvent.Discovered` or `NotDiscovered` of the cluster. */
  discover(cluster: number, link: number): void;
  /** Reads the layout again. */
  refreshCluster(cluster: number): void;
  /** Connects the link of a node, if nobody has tried yet. */
  openNode(link: number): void;
  /** The link of the node with this announced address, which is added if it is unknown; -1 if the cluster takes no more nodes or has ended. */
  nodeAt(cluster: number, host: string, port: number): number;
  /** Ends the cluster and its links when everything that it accepted is answered. */
  closeCluster(cluster: number): void;
  /** Rejects everything that is outstanding, and ends the cluster and its links. */
  destroyCluster(cluster: number): void;
  /** Forgets a link or a cluster that has ended. */
  release(link: number): void;
  close(link: number): void;
  destroy(link: number): void;
  /** Stops connecting: the link makes no further attempt. */
  giveUp(link: number): void;
  /**
   * Answers a question (`NativeEvent.Ask`). Ignored when that attempt no longer waits for this answer.
   *
   * @throws when the answer lacks a field that the question requires
   */
  answer(link: number, serial: number, answer: NativeAnswer): void;
  setDatabase(link: number, database: number): void;
  /** Sets the encoded commands that later handshakes repeat. RESET clears them. */
  setRestored(link: number, commands: Buffer[]): void;
  /** Replaces the subscriptions of one kind that later handshakes restore. */
  setSubscriptions(link: number, kind: number, channels: Buffer[]): void;
  /** Later handshakes send MONITOR. */
  setMonitor(link: number): void;
  /** Sets the credentials of later handshakes, including the one after RESET. */
  setCredentials(link: number, username: string | undefined, password: string | undefined): void;
  /** The engine asks JS for credentials before each later handshake. */
  askCredentials(link: number): void;
  /** Number of requests that were written and wait for their replies. */
  inFlight(link: number): number;
  setReferenced(link: number, referenced: boolean): void;
  subscribe(link: number, ticket: number, kind: number, channels: Buffer[]): void;
  unsubscribe(link: number, ticket: number, kind: number, channels: Buffer[] | undefined): void;
  monitor(link: number, ticket: number): void;
  reset(link: number, ticket: number): void;
  cancel(ticket: number): boolean;
  whereabouts(ticket: number): string | null;
  tick(): void;
  attend(): void;
  /** Makes native code panic once at `place`, for tests. @param place `FAULT_IN_…` */
  provokeFault(place: number): void;
  /** Returns a Buffer over pooled memory, which returns to the pool when the Buffer is collected; nothing if the runtime cannot do that. */
  takeBlock(size: number): Buffer | null | undefined;
  /** Frees the pool if no block was taken since the last call. @returns whether it must be called again */
  trimBlocks(): boolean;
  /** Creates a cache, which lives until `dropCache`, and returns its number. */
  makeCache(options: NativeCacheOptions): number;
  dropCache(cache: number): void;
  /** Returns the function that looks up the question in the control memory. It returns the reply if that is a short string; otherwise the
   * answer is in the control memory. */
  cacheFinder(): () => string | undefined;
  /** Returns the function that announces a write to a cache. The control memory describes the write, which is sent next. */
  cacheWriter(): () => void;
  /**
   * Announces a write to a cache: it drops replies that depend on the keys, now and again when the request with `ticket` is answered.
   *
   * @param keyAt offset of the first key's `$`; 0 is the first word
   * @param keyCount keys at most; 0: it changes everything
   */
  writeCached(cache: number, command: Buffer, keyAt: number, keyCount: number, ticket?: number): void;
  /** Drops the entries read over the link's connection. Nothing more is cached from it until the next connection or RESET. */
  untrack(link: number): void;
  /** Sets the memory that cached replies (`bytes`) and their tapes (`words`) are copied to. */
  setReplyMemory(bytes: Buffer, words: Int32Array): void;
  /** Reports that a load failed or was cancelled. */
  abandonLoad(cache: number, ticket: number): void;
  /** Drops all replies; with `counted` they count as evictions. */
  clearCache(cache: number, counted: boolean): void;
  /** Drops the replies that depend on a key; null drops all. */
  invalidateCached(cache: number, key: Buffer | null): void;
  hasCached(cache: number, command: Buffer, database: number): boolean;
  removeCached(cache: number, command: Buffer, database: number): void;
  removeOldestCached(cache: number): void;
  cacheCounts(cache: number): NativeCacheCounts;
  /** Turns `NativeEvent.CacheNews` and the collection of news on or off. */
  setCacheHeard(cache: number, heard: boolean): void;
  cacheNews(cache: number): NativeCacheNews[];
}

/** The exports of the addon. */
export interface Addon {
  NativeEngine: new (callbacks: NativeCallbacks, memory: NativeMemory, useLibuv: boolean) => NativeEngine;
  /** XXH3-64 of bytes as 16 hexadecimal characters. */
  digest(bytes: Buffer | Uint8Array): string;
  /** A hash of the boundary's names and numbers that the addon was built with. */
  boundaryVersion(): number;
  /** The boundary's numbers by their names in `boundary.generated.ts`; for tests. */
  boundary(): Record<string, number>;
}

/** Loads the addon of this platform. @throws Error with code `OXREDIS_ADDON_MISMATCH` when the versions differ */
export function loadNative(): Addon {
  const addon = loadAddon() as Partial<Addon>;
  if (addon.boundaryVersion?.() !== BOUNDARY_VERSION) throw mismatch();
  return addon as Addon;
}
