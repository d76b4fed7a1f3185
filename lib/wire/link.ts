/** One logical connection to one server, over all its sockets: the boundary between a client and the engine. */
import { SocketClosedUnexpectedlyError, plainError } from '../errors';
import { AttemptAnswers } from './attempt-answers';
import { NativeEvent, SubscriptionKind as Kind } from './boundary.generated';
import type { TapeReader } from './decoder';
import type { LinkCondition } from './limit-errors';
import { KIND_NUMBERS, LinkRequests } from './link-requests';
import type { Credentials, LinkHandlers, LinkOptions, SubscriptionKind } from './link-types';
import { nativeError } from './native-errors';
import { nativeLinkOptions } from './native-options';
import { readOrSkip } from './reply';
import { RESP_TYPES } from './resp-types';
import { showAs } from './inspection';

export type {
  Credentials, EncodedCommand, LinkCommandOptions, PreparingCommand, LinkHandlers, LinkOptions, SubscriptionKind, TlsOptions,
} from './link-types';

export { beginCommand } from './link-requests';

/** See the module's comment. A link can be opened again after it ended. */
export class Link extends LinkRequests {
  readonly #handlers: LinkHandlers;
  #options: LinkOptions | undefined;
  #ready = false;
  #closing = false;
  #epoch = 0;
  #referenced = true;
  readonly #answers: AttemptAnswers;

  constructor(handlers: LinkHandlers) {
    super();
    this.#handlers = handlers;
    this.#answers = new AttemptAnswers(handlers, this.engine.native);
  }

  /** `open()` was called, and the link has neither ended nor given up. */
  get isOpen(): boolean {
    return this.id >= 0 && !this.#closing;
  }

  /** Commands are written at once. */
  get isReady(): boolean {
    return this.#ready;
  }

  protected override get condition(): LinkCondition {
    if (this.#ready) return 'ready';
    return this.#epoch === 0 ? 'connecting' : 'reconnecting';
  }

  /** The protocol of the session: 2 also after a fallback. */
  get resp(): 2 | 3 {
    return this.session;
  }

  /** Number of successful connections. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Requests that were written and wait for their replies. */
  get inFlight(): number {
    return this.id < 0 ? 0 : Math.min(this.engine.native.inFlight(this.id), this.outstanding);
  }

  /** Starts to connect. @throws Error when it is open already */
  open(options: LinkOptions): void {
    if (this.id >= 0) throw plainError('Socket already opened', 'OXREDIS_ALREADY_OPEN');
    const native = nativeLinkOptions(options);
    this.#options = options;
    this.session = options.resp;
    this.namesCallers = options.namesCallers === true;
    this.#closing = false;
    this.id = this.engine.open(native, this);
    // The engine speaks from here on, as its events find their link now.
    this.engine.native.setReferenced(this.id, this.#referenced);
  }

  /** Lets what was accepted finish, then ends. While not ready, what is queued is rejected. */
  close(): void {
    this.#closing = true;
    this.engine.flush();
    if (this.id >= 0) this.engine.native.close(this.id);
  }

  /** Rejects everything with `DisconnectsClientError`, then ends. */
  destroy(): void {
    this.#closing = true;
    this.engine.flush();
    if (this.id >= 0) this.engine.native.destroy(this.id);
  }

  /** Answer to `disconnected`: the next attempt starts after `delay` ms. */
  retry(delay: number): void {
    if (this.id >= 0) this.engine.native.retry(this.id, Math.min(Math.max(0, Math.round(delay)), 0x7fffffff));
  }

  /** Answer to `disconnected`: no further attempt; queued commands are rejected with `error`. */
  giveUp(error: Error): void {
    if (this.id < 0) return;
    this.lastError = error;
    this.engine.flush();
    this.engine.native.giveUp(this.id);
    this.#leave();
  }

  /** Keeps the process alive while the link is open (the default). */
  ref(): void {
    this.#setReferenced(true);
  }

  /** Does not keep the process alive. */
  unref(): void {
    this.#setReferenced(false);
  }

  #setReferenced(referenced: boolean): void {
    this.#referenced = referenced;
    if (this.id >= 0) this.engine.native.setReferenced(this.id, referenced);
  }

  /** Remembers the database for the handshakes to come. */
  setDatabase(database: number): void {
    if (this.id >= 0) this.engine.native.setDatabase(this.id, database);
  }

  /** Commands that the handshakes to come repeat. RESET ends that. */
  setRestored(commands: readonly Buffer[]): void {
    if (this.id >= 0) this.engine.native.setRestored(this.id, [...commands]);
  }

  /** Subscriptions that another link had, for the handshakes to come. What is refused then is told as `subscriptionRefused`. */
  setSubscriptions(kind: SubscriptionKind, channels: readonly string[]): void {
    if (this.id >= 0) this.engine.native.setSubscriptions(this.id, KIND_NUMBERS[kind], channels.map((name) => Buffer.from(name)));
  }

  /** Another link had MONITOR: the handshakes to come ask for it. */
  setMonitor(): void {
    if (this.id >= 0) this.engine.native.setMonitor(this.id);
  }

  /** The credentials of the handshake after RESET. */
  setCredentials({ username, password }: Credentials): void {
    if (this.id >= 0) this.engine.native.setCredentials(this.id, username, password);
  }

  /** The server pushed something. */
  onPush(reader: TapeReader): void {
    const handlers = this.#handlers;
    try {
      const isText = reader.atMessage() && handlers.wantsText?.() === true;
      handlers.pushed(readOrSkip(reader, isText ? readText : readPush));
    } catch (error) {
      handlers.failed(error as Error);
    }
  }

  /** A line of MONITOR. */
  onMonitorLine(reader: TapeReader): void {
    try {
      this.#handlers.monitored(readOrSkip(reader, readLine));
    } catch (error) {
      this.#handlers.failed(error as Error);
    }
  }

  /** An event of the engine. Errors of listeners surface as uncaught exceptions, outside of native code. */
  onEvent(kind: NativeEvent, a: number, b: number, detail: string): void {
    try {
      this.#onEvent(kind, a, b, detail);
    } catch (error) {
      process.nextTick(() => {
        throw error;
      });
    }
  }

  #onEvent(kind: NativeEvent, a: number, b: number, detail: string): void {
    const handlers = this.#handlers;
    switch (kind) {
      case NativeEvent.Connected: return handlers.connected();
      case NativeEvent.Ready:
        this.#ready = true;
        this.session = a === 2 ? 2 : 3;
        this.#epoch++;
        return handlers.ready();
      case NativeEvent.Disconnected:
        this.#ready = false;
        this.lastError = this.#errorOf(detail);
        return handlers.disconnected(this.lastError, a, b === 1);
      case NativeEvent.LostWhileClosing:
        this.#ready = false;
        this.lastError = this.#errorOf(detail);
        return;
      case NativeEvent.Reconnecting: return handlers.reconnecting();
      case NativeEvent.Ended:
        this.#leave();
        return handlers.ended();
      case NativeEvent.AskCredentials: return this.#answers.credentials(this.id, a);
      case NativeEvent.AskLookup: return this.#answers.addresses(this.id, a, this.#options as LinkOptions);
      case NativeEvent.AskIdentity:
        return this.#answers.identity(this.id, a, Buffer.from(detail, 'base64'), this.#options as LinkOptions);
      case NativeEvent.Protocol:
        this.session = a === 2 ? 2 : 3;
        if (detail !== '') handlers.fellBack?.(nativeError(detail, undefined));
        return;
      case NativeEvent.SubscriptionRefused: {
        const [channel, reason] = splitAtSpace(detail);
        return handlers.subscriptionRefused?.(KIND_NAMES[a as Kind], Buffer.from(channel, 'base64'), nativeError(reason, undefined));
      }
      case NativeEvent.CommandRefused: return handlers.commandRefused?.(a, nativeError(detail, undefined));
      case NativeEvent.HandedOver:
        this.session = a === 2 ? 2 : 3;
        this.#epoch++;
        return;
      case NativeEvent.CacheNews: return handlers.cacheNews?.();
      case NativeEvent.ShardedChannelMoved: return handlers.shardedChannelMoved(Buffer.from(detail, 'base64'));
      default:
    }
  }

  /** Without a detail the attempt failed in JS. */
  #errorOf(detail: string): Error {
    if (detail === '') return this.#answers.takeError() ?? new SocketClosedUnexpectedlyError();
    return nativeError(detail, this.#options?.socketTimeout);
  }

  #leave(): void {
    const id = this.id;
    this.#ready = false;
    this.#closing = false;
    this.id = -1;
    if (id >= 0) this.engine.detach(id);
  }
}

/** By the engine's numbers. */
const KIND_NAMES: Record<Kind, SubscriptionKind> = { [Kind.Channels]: 'CHANNELS', [Kind.Patterns]: 'PATTERNS', [Kind.Sharded]: 'SHARDED' };

function splitAtSpace(text: string): [string, string] {
  const space = text.indexOf(' ');
  return [text.slice(0, space), text.slice(space + 1)];
}

showAs(Link.prototype, (link: Link) => ['Link', { open: link.isOpen, ready: link.isReady, protocol: link.resp, outstanding: link.outstanding }]);

const LINE_MAPPING = { [RESP_TYPES.SIMPLE_STRING]: Buffer };
const readText = (reader: TapeReader): unknown[] => reader.read() as unknown[];
const readPush = (reader: TapeReader): unknown[] => reader.readPush();
const readLine = (reader: TapeReader): Buffer => reader.read(LINE_MAPPING) as Buffer;
