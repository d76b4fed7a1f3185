/** The implementation of links on top of the native engine. */
import { SocketClosedUnexpectedlyError, plainError } from '../errors';
import { LONGEST_TIMER } from '../timers';
import { throwUncaught } from '../uncaught';
import { Answers } from './answers';
import { NativeEvent, PushKind, QuestionKind, SubscriptionKind as Kind } from './boundary.generated';
import { copyOfBytes } from './bytes';
import type { Link } from './client-link';
import type { TapeReader } from './decoder';
import { engine, type Engine, type LinkListener } from './engine';
import type { LinkCondition } from './limit-errors';
import type { Credentials, LinkHandlers, LinkOptions, SubscriptionKind } from './link-types';
import { readNotice } from './maintenance';
import { nativeError } from './native-errors';
import { nativeLinkOptions } from './native-options';
import { readOrSkip } from './reply';
import { Requests } from './requests';
import { RESP_TYPES } from './resp-types';
import { showAs } from './inspection';

/** See the module's comment. */
export class EngineLink implements Link, LinkListener {
  readonly #engine: Engine = engine();
  readonly requests = new Requests(this.#engine, () => this.#condition());
  readonly #handlers: LinkHandlers;
  /** The native id; -1 while it is closed. */
  #id = -1;
  #options: LinkOptions | undefined;
  #ready = false;
  #epoch = 0;
  #referenced = true;
  readonly #answers: Answers;

  constructor(handlers: LinkHandlers) {
    this.#handlers = handlers;
    this.#answers = new Answers(handlers, this.#engine.native);
  }

  get isOpen(): boolean {
    return this.requests.isOpen;
  }

  get isReady(): boolean {
    return this.#ready;
  }

  #condition(): LinkCondition {
    if (this.#ready) return 'ready';
    return this.#epoch === 0 ? 'connecting' : 'reconnecting';
  }

  get epoch(): number {
    return this.#epoch;
  }

  /** The native id; -1 while the link is closed. */
  get id(): number {
    return this.#id;
  }

  get inFlight(): number {
    return this.#id < 0 ? 0 : Math.min(this.#engine.native.inFlight(this.#id), this.requests.outstanding);
  }

  open(options: LinkOptions): void {
    if (this.#id >= 0) throw plainError('Socket already opened', 'OXREDIS_ALREADY_OPEN');
    const native = nativeLinkOptions(options, this.#answers.knownCredentials());
    this.#options = options;
    this.#id = this.#engine.open(native, this);
    this.requests.opened(this.#id, options);
    // The first call after `open`: the engine now reports events, which find their link.
    this.#engine.native.setReferenced(this.#id, this.#referenced);
  }

  /** Takes over a link that the engine opened for a node of a cluster. @param options the settings that it was opened with */
  adopt(id: number, options: LinkOptions): void {
    this.#options = options;
    this.#id = id;
    this.#engine.adopt(id, this);
    this.requests.opened(id, options);
    this.#answers.tellCredentials(id);
    this.#engine.native.setReferenced(id, this.#referenced);
  }

  close(): void {
    this.requests.isOpen = false;
    this.#engine.flush();
    if (this.#id >= 0) this.#engine.native.close(this.#id);
  }

  destroy(): void {
    this.requests.isOpen = false;
    this.#engine.flush();
    if (this.#id >= 0) this.#engine.native.destroy(this.#id);
  }

  retry(delay: number): void {
    if (this.#id >= 0) this.#answers.retry(this.#id, Math.min(Math.max(0, Math.round(delay)), LONGEST_TIMER));
  }

  giveUp(error: Error): void {
    if (this.#id < 0) return;
    this.requests.lastError = error;
    this.#engine.flush();
    this.#engine.native.giveUp(this.#id);
    this.#leave();
  }

  ref(): void {
    this.#setReferenced(true);
  }

  unref(): void {
    this.#setReferenced(false);
  }

  #setReferenced(referenced: boolean): void {
    this.#referenced = referenced;
    if (this.#id >= 0) this.#engine.native.setReferenced(this.#id, referenced);
  }

  setDatabase(database: number): void {
    if (this.#id >= 0) this.#engine.native.setDatabase(this.#id, database);
  }

  setRestored(commands: readonly Buffer[]): void {
    if (this.#id >= 0) this.#engine.native.setRestored(this.#id, [...commands]);
  }

  setSubscriptions(kind: SubscriptionKind, channels: readonly string[]): void {
    if (this.#id >= 0) this.#engine.native.setSubscriptions(this.#id, KIND_NUMBERS[kind], channels.map((name) => Buffer.from(name)));
  }

  setMonitor(): void {
    if (this.#id >= 0) this.#engine.native.setMonitor(this.#id);
  }

  credentialsChanged(): void {
    if (this.#id >= 0) this.#answers.tellCredentials(this.#id);
  }

  setCredentials(credentials: Credentials): void {
    if (this.#id >= 0) this.#answers.setCredentials(this.#id, credentials);
  }

  subscribe(kind: SubscriptionKind, channels: readonly (string | Buffer)[]): Promise<void> {
    const names = channels.map(toBuffer);
    return this.requests.request(COMMANDS[kind][0], (ticket) => {
      this.#engine.native.subscribe(this.#id, ticket, KIND_NUMBERS[kind], names);
    });
  }

  unsubscribe(kind: SubscriptionKind, channels?: readonly (string | Buffer)[]): Promise<void> {
    const names = channels?.map(toBuffer);
    return this.requests.request(COMMANDS[kind][1], (ticket) => {
      this.#engine.native.unsubscribe(this.#id, ticket, KIND_NUMBERS[kind], names);
    });
  }

  monitor(): Promise<void> {
    return this.requests.request('MONITOR', (ticket) => {
      this.#engine.native.monitor(this.#id, ticket);
    });
  }

  reset(): Promise<void> {
    return this.requests.request('RESET', (ticket) => {
      this.#engine.native.reset(this.#id, ticket);
    });
  }

  untrack(): void {
    if (this.#id >= 0) this.#engine.native.untrack(this.#id);
  }

  onPush(kind: PushKind, reader: TapeReader): void {
    const handlers = this.#handlers;
    try {
      const isText = isMessage(kind) && handlers.wantsText?.() === true;
      handlers.pushed(kind, readOrSkip(reader, isText ? readText : readPush));
    } catch (error) {
      handlers.failed(error as Error);
    }
  }

  onMonitorLine(reader: TapeReader): void {
    try {
      this.#handlers.monitored(readOrSkip(reader, readLine));
    } catch (error) {
      this.#handlers.failed(error as Error);
    }
  }

  /** Handles an event of the engine. Errors of listeners become uncaught exceptions, thrown outside of native code. */
  onEvent(kind: NativeEvent, a: number, b: number, detail: string): void {
    try {
      this.#onEvent(kind, a, b, detail);
    } catch (error) {
      throwUncaught(error);
    }
  }

  #onEvent(kind: NativeEvent, a: number, b: number, detail: string): void {
    const handlers = this.#handlers;
    switch (kind) {
      case NativeEvent.Connected: return handlers.connected();
      case NativeEvent.Ready:
        this.#ready = true;
        this.requests.resp = a === 2 ? 2 : 3;
        this.#epoch++;
        return handlers.ready();
      case NativeEvent.Ask:
        if ((b as QuestionKind) === QuestionKind.Retry) return this.#disconnected(a, detail);
        return this.#answers.ask(b, { link: this.#id, serial: a }, detail, this.#options as LinkOptions);
      case NativeEvent.LostWhileClosing:
        this.#ready = false;
        this.requests.lastError = this.#errorOf(detail);
        return handlers.lostWhileClosing?.(this.requests.lastError);
      case NativeEvent.Reconnecting: return this.#reconnecting();
      case NativeEvent.Ended:
        this.#leave();
        return handlers.ended();
      case NativeEvent.Protocol:
        this.requests.resp = a === 2 ? 2 : 3;
        if (detail !== '') handlers.fellBack?.(nativeError(detail, undefined));
        return;
      case NativeEvent.SubscriptionRefused: {
        const [channel, reason] = splitAtSpace(detail);
        return handlers.subscriptionRefused?.(KIND_NAMES[a as Kind], Buffer.from(channel, 'base64'), nativeError(reason, undefined));
      }
      case NativeEvent.CommandRefused: return handlers.commandRefused?.(a, nativeError(detail, undefined));
      case NativeEvent.HandedOver:
        this.requests.resp = a === 2 ? 2 : 3;
        this.#epoch++;
        return handlers.handedOver?.();
      case NativeEvent.HandOverFailed: return handlers.handOverFailed?.(this.#errorOf(detail));
      case NativeEvent.Maintenance:
        // The link may be about to move: its next handshake is written in a later turn.
        this.credentialsChanged();
        return handlers.maintenance?.(readNotice(a, b, detail));
      case NativeEvent.MaintenanceIgnored: return handlers.maintenanceIgnored?.(a, detail);
      case NativeEvent.Relaxed:
        this.requests.deadlines.relax(a === 1);
        return handlers.relaxed?.(a === 1);
      case NativeEvent.CacheNews: return handlers.cacheNews?.();
      case NativeEvent.ShardedChannelMoved: return handlers.shardedChannelMoved(Buffer.from(detail, 'base64'));
      default:
    }
  }

  /** Asks the client whether and when to reconnect. */
  #disconnected(serial: number, detail: string): void {
    const [retries, error] = splitAtSpace(detail);
    const wasReady = this.#ready;
    this.#ready = false;
    this.requests.lastError = this.#errorOf(error);
    this.#answers.undecided = serial;
    this.#handlers.disconnected(this.requests.lastError, Number(retries), wasReady);
  }

  /** An attempt has begun. Its handshake is sent in a later turn of the event loop, with the credentials given here. */
  #reconnecting(): void {
    this.#handlers.reconnecting();
    this.credentialsChanged();
  }

  /** The error that `detail` describes. Without a detail, the attempt failed in JS, which kept the error. */
  #errorOf(detail: string): Error {
    if (detail === '') return this.#answers.takeError() ?? new SocketClosedUnexpectedlyError();
    return nativeError(detail, this.#options);
  }

  #leave(): void {
    const id = this.#id;
    this.#ready = false;
    this.#id = -1;
    this.requests.ended();
    if (id >= 0) this.#engine.detach(id);
  }
}

/** The numbers of the boundary for the kinds of subscriptions. */
const KIND_NUMBERS: Record<SubscriptionKind, Kind> = { CHANNELS: Kind.Channels, PATTERNS: Kind.Patterns, SHARDED: Kind.Sharded };
const KIND_NAMES: Record<Kind, SubscriptionKind> = { [Kind.Channels]: 'CHANNELS', [Kind.Patterns]: 'PATTERNS', [Kind.Sharded]: 'SHARDED' };

/** The names of the subscribing and the unsubscribing command, for errors. */
const COMMANDS: Record<SubscriptionKind, readonly [string, string]> = {
  CHANNELS: ['SUBSCRIBE', 'UNSUBSCRIBE'], PATTERNS: ['PSUBSCRIBE', 'PUNSUBSCRIBE'], SHARDED: ['SSUBSCRIBE', 'SUNSUBSCRIBE'],
};

function toBuffer(value: string | Buffer): Buffer {
  return typeof value === 'string' ? Buffer.from(value) : copyOfBytes(value);
}

/** Whether a push is a pub/sub message. */
function isMessage(kind: PushKind): boolean {
  return kind === PushKind.Message || kind === PushKind.PatternMessage || kind === PushKind.ShardedMessage;
}

function splitAtSpace(text: string): [string, string] {
  const space = text.indexOf(' ');
  return [text.slice(0, space), text.slice(space + 1)];
}

showAs(EngineLink.prototype, (link: EngineLink) => {
  const { isOpen, isReady, requests } = link;
  return ['Link', { open: isOpen, ready: isReady, protocol: requests.resp, outstanding: requests.outstanding }];
});

const LINE_MAPPING = { [RESP_TYPES.SIMPLE_STRING]: Buffer };
const readText = (reader: TapeReader): unknown[] => reader.read() as unknown[];
const readPush = (reader: TapeReader): unknown[] => reader.readPush();
const readLine = (reader: TapeReader): Buffer => reader.read(LINE_MAPPING) as Buffer;
