/** One logical connection to one server, over all its sockets: the boundary between a client and the engine. */
import { AbortError, ClientClosedError, ErrorReply, SocketClosedUnexpectedlyError, describeError } from '../errors';
import { FLAG_ASAP, FLAG_BYTES, FLAG_CANCELLABLE, FLAG_CHAIN, NativeEvent } from './addon';
import type { Command } from './command';
import type { TapeReader } from './decoder';
import type { CommandEncoder } from './encoder';
import { type Engine, engine } from './engine';
import type { EncodedCommand, LinkCommandOptions, LinkHandlers, LinkOptions, SubscriptionKind } from './link-types';
import { nativeLinkOptions } from './native-options';
import { failureError, nativeError } from './native-errors';
import { Pending } from './pending';
import { MOST_TIMEOUT, hasLimits, watchLimits } from './request-limits';
import { RESP_TYPES, type TypeMapping } from './resp-types';

export type {
  Credentials, EncodedCommand, LinkCommandOptions, LinkHandlers, LinkOptions, SubscriptionKind, TlsOptions,
} from './link-types';

const KINDS: Record<SubscriptionKind, number> = { CHANNELS: 0, PATTERNS: 1, SHARDED: 2 };

let resolveLast: (value: unknown) => void;
let rejectLast: (error: unknown) => void;
/** Takes a promise's functions without a closure for each promise. */
const capture = (resolve: (value: unknown) => void, reject: (error: unknown) => void): void => {
  resolveLast = resolve;
  rejectLast = reject;
};

/** See the module's comment. A link can be opened again after it ended. */
export class Link {
  readonly #handlers: LinkHandlers;
  readonly #engine: Engine = engine();
  #id = -1;
  #options: LinkOptions | undefined;
  #ready = false;
  #closing = false;
  #resp: 2 | 3 = 3;
  #epoch = 0;
  #outstanding = 0;
  #outstandingBytes = 0;
  #referenced = true;
  /** The error of the last loss, for the requests that it fails. */
  #lastError: Error | undefined;
  /** The error of an attempt that failed in JS. */
  #attemptError: Error | undefined;
  /** Subscriptions asked for before `open`. */
  #deferred: (() => void)[] = [];

  constructor(handlers: LinkHandlers) {
    this.#handlers = handlers;
  }

  /** `open()` was called, and the link has neither ended nor given up. */
  get isOpen(): boolean {
    return this.#id >= 0 && !this.#closing;
  }

  /** Commands are written at once. */
  get isReady(): boolean {
    return this.#ready;
  }

  /** The protocol of the session: 2 also after a fallback. */
  get resp(): 2 | 3 {
    return this.#resp;
  }

  /** Number of successful connections. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Requests that are queued or in flight. */
  get outstanding(): number {
    return this.#outstanding;
  }

  /** Bytes of the commands that are queued or in flight. */
  get outstandingBytes(): number {
    return this.#outstandingBytes;
  }

  /** Starts to connect. @throws Error when it is open already */
  open(options: LinkOptions): void {
    if (this.#id >= 0) throw new Error('Socket already opened');
    const native = nativeLinkOptions(options);
    this.#options = options;
    this.#resp = options.resp;
    this.#closing = false;
    this.#id = this.#engine.native.open(native);
    this.#engine.attach(this.#id, this);
    if (!this.#referenced) this.#engine.native.setReferenced(this.#id, false);
    const deferred = this.#deferred;
    this.#deferred = [];
    for (const request of deferred) request();
  }

  /** Lets what was accepted finish, then ends. While not ready, what is queued is rejected. */
  close(): void {
    this.#closing = true;
    this.#engine.flush();
    if (this.#id >= 0) this.#engine.native.close(this.#id);
  }

  /** Rejects everything with `DisconnectsClientError`, then ends. */
  destroy(): void {
    this.#closing = true;
    this.#engine.flush();
    if (this.#id >= 0) this.#engine.native.destroy(this.#id);
  }

  /** Answer to `disconnected`: the next attempt starts after `delay` ms. */
  retry(delay: number): void {
    if (this.#id >= 0) this.#engine.native.retry(this.#id, Math.min(Math.max(0, Math.round(delay)), 0x7fffffff));
  }

  /** Answer to `disconnected`: no further attempt; queued commands are rejected with `error`. */
  giveUp(error: Error): void {
    if (this.#id < 0) return;
    this.#lastError = error;
    const id = this.#id;
    this.#engine.flush();
    this.#engine.native.giveUp(id);
    queueMicrotask(() => {
      if (this.#id === id) this.#leave();
    });
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
    if (this.#id >= 0) this.#engine.native.setReferenced(this.#id, referenced);
  }

  /** Remembers the database for the handshakes to come. */
  setDatabase(database: number): void {
    if (this.#id >= 0) this.#engine.native.setDatabase(this.#id, database);
  }

  /** The shared encoder, rolled back to the start of a new command. */
  begin(keyPrefix?: string | Buffer): CommandEncoder {
    return this.#engine.begin(keyPrefix);
  }

  /** Queues what was encoded since `begin()`. Never throws. */
  submit(encoder: CommandEncoder, command: Command | undefined, options: LinkCommandOptions, name?: string): Promise<unknown> {
    let length: number;
    try {
      length = encoder.end();
    } catch (error) {
      return Promise.reject(error as Error);
    }
    if (this.#id < 0) return Promise.reject(new ClientClosedError());
    const { timeout = 0, typeMapping } = options;
    const promise = new Promise(capture);
    const pending = new Pending(
      this, resolveLast, rejectLast, command, name ?? command?.name, encoder.preserve, typeMapping, length,
    );
    let flags = options.asap === true ? FLAG_ASAP : 0;
    if (typeMapping !== undefined && wantsBytes(typeMapping)) flags |= FLAG_BYTES;
    if (hasLimits(options) || !(timeout >= 0 && timeout <= MOST_TIMEOUT)) {
      return this.#queueLimited(pending, length, flags, options, promise);
    }
    this.#outstanding++;
    this.#outstandingBytes += length;
    this.#engine.queue(this.#id, pending, length, flags, timeout);
    return promise;
  }

  /** A command with a signal, a deadline or a strange timeout. */
  #queueLimited(
    pending: Pending, length: number, flags: number, options: LinkCommandOptions, promise: Promise<unknown>,
  ): Promise<unknown> {
    const limits = watchLimits(options, pending, this);
    if (limits instanceof Error) {
      pending.reject(limits);
      return promise;
    }
    this.#outstanding++;
    this.#outstandingBytes += length;
    limits.slot = this.#engine.queue(this.#id, pending, length, flags | FLAG_CANCELLABLE, limits.timeout);
    return promise;
  }

  /**
   * Takes a request back, or gives it up.
   *
   * @param inFlight also when it was written: its promise is rejected and its reply dropped
   * @returns whether it was rejected
   */
  cancel(slot: number, pending: Pending, error: Error, inFlight: boolean): boolean {
    if (this.#engine.pending.peek(slot) !== pending || pending.abandoned) return false;
    const queued = this.#engine.cancelInBatch(slot) || this.#engine.native.cancel(this.#id, slot);
    if (!queued && !inFlight) return false;
    const details: Parameters<typeof describeError>[1] = { phase: queued ? 'queued' : 'written' };
    if (pending.name !== undefined) details.command = pending.name;
    pending.cleanup?.();
    pending.cleanup = undefined;
    pending.reject(describeError(error, details));
    if (queued) {
      this.#engine.pending.take(slot);
      this.#forget(pending);
    } else {
      pending.abandoned = true;
    }
    return true;
  }

  /** Several commands that travel together and fail together; one promise each. */
  submitChain(commands: readonly EncodedCommand[], options: LinkCommandOptions): Promise<unknown>[] {
    const signal = options.abortSignal;
    const promises: Promise<unknown>[] = [];
    const { typeMapping } = options;
    let flags = options.asap === true ? FLAG_ASAP : 0;
    if (typeMapping !== undefined && wantsBytes(typeMapping)) flags |= FLAG_BYTES;
    const last = commands.length - 1;
    for (let i = 0; i <= last; i++) {
      const { bytes, command, preserve, name } = commands[i] as EncodedCommand;
      const promise = new Promise(capture);
      promises.push(promise);
      if (this.#id < 0 || signal?.aborted) {
        rejectLast(signal?.aborted ? new AbortError() : new ClientClosedError());
        continue;
      }
      this.#outstanding++;
      this.#outstandingBytes += bytes.length;
      const pending = new Pending(this, resolveLast, rejectLast, command, name, preserve, typeMapping, bytes.length);
      const chain = i < last ? FLAG_CHAIN : 0;
      // The first one's timeout is that of the chain, which fails whole.
      this.#engine.queueEncoded(this.#id, pending, bytes, flags | chain, i === 0 ? (options.timeout ?? 0) : 0);
    }
    return promises;
  }

  /** SUBSCRIBE, PSUBSCRIBE or SSUBSCRIBE; resolves when all channels are acknowledged. */
  subscribe(kind: SubscriptionKind, channels: readonly (string | Buffer)[]): Promise<void> {
    return this.#request((id, slot) => {
      this.#engine.native.subscribe(id, slot, KINDS[kind], channels.map(toBuffer));
    });
  }

  /** The opposite. @param channels `undefined` means all of that kind */
  unsubscribe(kind: SubscriptionKind, channels?: readonly (string | Buffer)[]): Promise<void> {
    return this.#request((id, slot) => {
      this.#engine.native.unsubscribe(id, slot, KINDS[kind], channels?.map(toBuffer));
    });
  }

  /** MONITOR; lines go to `handlers.monitored`. */
  monitor(): Promise<void> {
    return this.#request((id, slot) => {
      this.#engine.native.monitor(id, slot);
    });
  }

  /** RESET and the handshake again. */
  reset(): Promise<void> {
    return this.#request((id, slot) => {
      this.#engine.native.reset(id, slot);
    });
  }

  #request(send: (id: number, slot: number) => void): Promise<void> {
    const promise = new Promise(capture);
    const pending = new Pending(this, resolveLast, rejectLast, undefined, undefined, undefined, undefined, 0);
    this.#outstanding++;
    const start = (): void => {
      // What was called before must leave before.
      this.#engine.flush();
      send(this.#id, this.#engine.pending.add(pending));
    };
    if (this.#id >= 0) start();
    else this.#deferred.push(start);
    return promise as Promise<void>;
  }

  /** The engine has a reply. */
  onReply(pending: Pending, reader: TapeReader): void {
    this.#forget(pending);
    const { typeMapping, command } = pending;
    let reply: unknown;
    try {
      reply = reader.read(typeMapping);
      if (reply instanceof ErrorReply) return this.#rejectReply(pending, reply);
      if (command !== undefined) {
        const transform = command.transformReply;
        if (typeof transform === 'function') {
          reply = transform(reply as never, pending.preserve, typeMapping);
        } else if (transform !== undefined) {
          const versioned = transform[this.#resp];
          if (versioned !== undefined) reply = versioned(reply as never, pending.preserve, typeMapping);
        }
      }
    } catch (error) {
      return pending.reject(error);
    }
    pending.resolve(reply);
  }

  #rejectReply(pending: Pending, reply: ErrorReply): void {
    if (pending.name !== undefined) describeError(reply, { command: pending.name, phase: 'written' });
    pending.reject(reply);
  }

  /** The reply of an abandoned request was dropped. */
  onDropped(pending: Pending): void {
    this.#forget(pending);
  }

  /** The engine settled a request of its own kinds. */
  onDone(pending: Pending): void {
    this.#forget(pending);
    pending.resolve(undefined);
  }

  /** The engine settled a request without a reply. */
  onFailure(pending: Pending, code: number, phase: number): void {
    this.#forget(pending);
    if (!pending.abandoned) pending.reject(failureError(code, phase, this.#lastError, pending.name));
  }

  /** The server pushed something. */
  onPush(reader: TapeReader): void {
    const handlers = this.#handlers;
    try {
      const isText = reader.atMessage() && handlers.wantsText?.() === true;
      handlers.pushed(isText ? (reader.read() as unknown[]) : reader.readPush());
    } catch (error) {
      this.#handlers.failed(error as Error);
    }
  }

  /** A line of MONITOR. */
  onMonitorLine(reader: TapeReader): void {
    const line = reader.read(LINE_MAPPING) as Buffer;
    try {
      this.#handlers.monitored(line);
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
        this.#resp = a === 2 ? 2 : 3;
        this.#epoch++;
        return handlers.ready();
      case NativeEvent.Disconnected:
        this.#ready = false;
        this.#lastError = this.#errorOf(detail);
        return handlers.disconnected(this.#lastError, a, b === 1);
      case NativeEvent.LostWhileClosing:
        this.#ready = false;
        this.#lastError = this.#errorOf(detail);
        return;
      case NativeEvent.Reconnecting: return handlers.reconnecting();
      case NativeEvent.Ended:
        this.#leave();
        return handlers.ended();
      case NativeEvent.AskCredentials: return this.#answerCredentials(a);
      case NativeEvent.AskLookup: return this.#answerLookup(a);
      case NativeEvent.AskIdentity: return this.#answerIdentity(a, Buffer.from(detail, 'base64'));
      case NativeEvent.ShardedChannelMoved: return handlers.shardedChannelMoved(Buffer.from(detail, 'base64'));
      default:
    }
  }

  #errorOf(detail: string): Error {
    const own = this.#attemptError;
    this.#attemptError = undefined;
    if (detail === '') return own ?? new SocketClosedUnexpectedlyError();
    return nativeError(detail, this.#options?.socketTimeout);
  }

  #answerCredentials(serial: number): void {
    const id = this.#id;
    this.#answer(serial, () => this.#handlers.credentials(), ({ username, password }) => {
      this.#engine.native.answerCredentials(id, serial, username, password);
    });
  }

  #answerLookup(serial: number): void {
    const id = this.#id;
    const host = this.#options?.host ?? 'localhost';
    this.#answer(serial, () => this.#handlers.lookup?.(host) ?? [], (addresses) => {
      this.#engine.native.answerAddresses(id, serial, addresses.map(({ address }) => address));
    });
  }

  #answerIdentity(serial: number, certificate: Buffer): void {
    const id = this.#id;
    const host = this.#options?.tls?.servername ?? this.#options?.host ?? 'localhost';
    this.#answer(serial, () => this.#handlers.checkServerIdentity?.(host, certificate), (error) => {
      if (error === undefined) this.#engine.native.answerIdentity(id, serial);
      else this.#failAttempt(id, serial, error);
    });
  }

  /** Asks the client and hands the answer on, at once if it is no promise. */
  #answer<T>(serial: number, ask: () => T | Promise<T>, use: (answer: T) => void): void {
    const id = this.#id;
    const fail = (error: unknown): void => {
      this.#failAttempt(id, serial, error instanceof Error ? error : new Error(String(error)));
    };
    try {
      const answer = ask();
      if (answer instanceof Promise) answer.then((value) => { if (this.#id === id) use(value); }).catch(fail);
      else use(answer);
    } catch (error) {
      fail(error);
    }
  }

  #failAttempt(id: number, serial: number, error: Error): void {
    if (this.#id !== id) return;
    this.#attemptError = error;
    this.#engine.native.failAttempt(id, serial);
    this.#attemptError = undefined;
  }

  #forget(pending: Pending): void {
    this.#outstanding--;
    this.#outstandingBytes -= pending.length;
    if (pending.cleanup !== undefined) {
      pending.cleanup();
      pending.cleanup = undefined;
    }
  }

  #leave(): void {
    const id = this.#id;
    this.#ready = false;
    this.#closing = false;
    this.#id = -1;
    if (id >= 0) this.#engine.detach(id);
  }
}

const LINE_MAPPING = { [RESP_TYPES.SIMPLE_STRING]: Buffer };

function wantsBytes(typeMapping: TypeMapping): boolean {
  return typeMapping[RESP_TYPES.BLOB_STRING] !== undefined || typeMapping[RESP_TYPES.SIMPLE_STRING] !== undefined;
}

function toBuffer(value: string | Buffer): Buffer {
  return typeof value === 'string' ? Buffer.from(value) : value;
}
