/** One logical connection to one server, over all its sockets: the boundary between a client and the engine. */
import { ClientClosedError, SocketClosedUnexpectedlyError, describeError } from '../errors';
import { FLAG_ASAP, FLAG_BYTES, FLAG_CANCELLABLE, FLAG_CHAIN, NativeEvent } from './addon';
import { AttemptAnswers } from './attempt-answers';
import type { Command } from './command';
import type { TapeReader } from './decoder';
import type { CommandEncoder } from './encoder';
import { type Engine, engine } from './engine';
import type { EncodedCommand, LinkCommandOptions, LinkHandlers, LinkOptions, SubscriptionKind } from './link-types';
import { nativeLinkOptions } from './native-options';
import { failureError, nativeError } from './native-errors';
import { Pending } from './pending';
import { settleWithReply } from './reply';
import { hasLimits, limitsRefusal, queueTimeout, watchLimits } from './request-limits';
import { RESP_TYPES } from './resp-types';

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
  readonly #answers: AttemptAnswers;

  constructor(handlers: LinkHandlers) {
    this.#handlers = handlers;
    this.#answers = new AttemptAnswers(handlers, this.#engine.native);
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
    this.#id = this.#engine.open(native, this);
    // The engine speaks from here on, as its events find their link now.
    this.#engine.native.setReferenced(this.#id, this.#referenced);
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
    this.#engine.flush();
    this.#engine.native.giveUp(this.#id);
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
    const timeout = options.timeout ?? 0;
    const limited = hasLimits(options, timeout);
    const refusal = limited ? limitsRefusal(options) : undefined;
    if (refusal !== undefined) return Promise.reject(refusal);
    const typeMapping = options.typeMapping ?? undefined;
    const promise = new Promise(capture);
    const pending = new Pending(
      this, resolveLast, rejectLast, command, name ?? command?.name, encoder.preserve, typeMapping, length,
    );
    const flags = flagsOf(options);
    this.#outstanding++;
    this.#outstandingBytes += length;
    if (!limited) {
      this.#engine.queue(this.#id, pending, length, flags, timeout);
      return promise;
    }
    const slot = this.#engine.queue(this.#id, pending, length, flags | FLAG_CANCELLABLE, queueTimeout(options));
    this.#watch([pending], [slot], options);
    return promise;
  }

  /** Several commands that travel together and fail together; one promise each. Limits are those of the whole chain. */
  submitChain(commands: readonly EncodedCommand[], options: LinkCommandOptions): Promise<unknown>[] {
    const limited = hasLimits(options, options.timeout ?? 0);
    const refusal = this.#id < 0 ? new ClientClosedError() : limited ? limitsRefusal(options) : undefined;
    if (refusal !== undefined) return commands.map(() => Promise.reject(refusal));
    const promises: Promise<unknown>[] = [];
    const requests: Pending[] = [];
    const slots: number[] = [];
    const flags = flagsOf(options);
    const typeMapping = options.typeMapping ?? undefined;
    const last = commands.length - 1;
    for (let i = 0; i <= last; i++) {
      const { bytes, command, preserve, name } = commands[i] as EncodedCommand;
      promises.push(new Promise(capture));
      this.#outstanding++;
      this.#outstandingBytes += bytes.length;
      const pending = new Pending(this, resolveLast, rejectLast, command, name, preserve, typeMapping, bytes.length);
      const chain = (i < last ? FLAG_CHAIN : 0) | (i === 0 && limited ? FLAG_CANCELLABLE : 0);
      // The first one's timeout is that of the chain.
      slots.push(this.#engine.queueEncoded(this.#id, pending, bytes, flags | chain, i === 0 ? queueTimeout(options) : 0));
      requests.push(pending);
    }
    if (limited && last >= 0) this.#watch(requests, slots, options);
    return promises;
  }

  /** Watches the signal and the deadline of a command or chain. The last reply ends that. */
  #watch(requests: readonly Pending[], slots: readonly number[], options: LinkCommandOptions): void {
    const last = requests[requests.length - 1] as Pending;
    try {
      last.cleanup = watchLimits(options, (error, inFlight) => this.#cancel(requests, slots, error, inFlight));
    } catch (error) {
      this.#cancel(requests, slots, () => error as Error, true);
    }
  }

  /** Takes a command or chain back, or (`inFlight`) gives up on what was written: its replies will be dropped. */
  #cancel(requests: readonly Pending[], slots: readonly number[], error: () => Error, inFlight: boolean): void {
    const table = this.#engine.pending;
    const waits = (index: number): boolean =>
      table.peek(slots[index] as number) === requests[index] && !(requests[index] as Pending).abandoned;
    const queued = waits(0) && this.#engine.takeBack(this.#id, slots);
    if (!queued && !inFlight) return;
    for (const [index, pending] of requests.entries()) {
      if (!waits(index)) continue;
      if (queued) {
        table.take(slots[index] as number);
        this.#forget(pending);
      } else {
        pending.abandoned = true;
        pending.unwatch();
      }
      const phase = queued ? 'queued' : 'written';
      pending.reject(describeError(error(), pending.name === undefined ? { phase } : { phase, command: pending.name }));
    }
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
    if (this.#id < 0) return Promise.reject(new ClientClosedError());
    const promise = new Promise(capture);
    const pending = new Pending(this, resolveLast, rejectLast, undefined, undefined, undefined, undefined, 0);
    this.#outstanding++;
    // What was called before must leave before.
    this.#engine.flush();
    send(this.#id, this.#engine.pending.add(pending));
    return promise as Promise<void>;
  }

  /** The engine has a reply. */
  onReply(pending: Pending, reader: TapeReader): void {
    this.#forget(pending);
    settleWithReply(pending, reader, this.#resp);
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
      case NativeEvent.AskCredentials: return this.#answers.credentials(this.#id, a);
      case NativeEvent.AskLookup: return this.#answers.addresses(this.#id, a, this.#options as LinkOptions);
      case NativeEvent.AskIdentity:
        return this.#answers.identity(this.#id, a, Buffer.from(detail, 'base64'), this.#options as LinkOptions);
      case NativeEvent.ShardedChannelMoved: return handlers.shardedChannelMoved(Buffer.from(detail, 'base64'));
      default:
    }
  }

  /** Without a detail the attempt failed in JS. */
  #errorOf(detail: string): Error {
    if (detail === '') return this.#answers.takeError() ?? new SocketClosedUnexpectedlyError();
    return nativeError(detail, this.#options?.socketTimeout);
  }

  #forget(pending: Pending): void {
    this.#outstanding--;
    this.#outstandingBytes -= pending.length;
    if (pending.cleanup !== undefined) pending.unwatch();
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

function flagsOf({ asap, typeMapping }: LinkCommandOptions): number {
  const wantsBytes = typeMapping?.[RESP_TYPES.BLOB_STRING] !== undefined || typeMapping?.[RESP_TYPES.SIMPLE_STRING] !== undefined;
  return (asap === true ? FLAG_ASAP : 0) | (wantsBytes ? FLAG_BYTES : 0);
}

function toBuffer(value: string | Buffer): Buffer {
  return typeof value === 'string' ? Buffer.from(value) : value;
}
