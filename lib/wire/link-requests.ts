/** The requests of a link: commands, chains, subscriptions, and how each comes to its one end. */
import { fromCaller } from '../call-site';
import { ClientClosedError, describeError, refusedCommand, type CommandPhase } from '../errors';
import {
  FLAG_ASAP, FLAG_BYTES, FLAG_CACHE, FLAG_CANCELLABLE, FLAG_CHAIN, FLAG_PUB_SUB, FLAG_WRITE, SubscriptionKind as Kind,
} from './boundary.generated';
import { copyOfBytes } from './bytes';
import type { Command } from './command';
import type { TapeReader } from './decoder';
import type { CommandEncoder } from './encoder';
import { type Engine, engine } from './engine';
import type { EncodedCommand, LinkCommandOptions, PreparingCommand, SubscriptionKind } from './link-types';
import type { LimitedRequest, LinkCondition } from './limit-errors';
import { failureError } from './native-errors';
import { Pending, type PendingOwner } from './pending';
import { isPubSubName } from './pub-sub-names';
import { settleWithReply } from './reply';
import { hasLimits, limitsRefusal, queueTimeout, watchLimits } from './request-limits';
import { RESP_TYPES, type TypeMapping } from './resp-types';

/** The engine's numbers. */
export const KIND_NUMBERS: Record<SubscriptionKind, Kind> = { CHANNELS: Kind.Channels, PATTERNS: Kind.Patterns, SHARDED: Kind.Sharded };

/** What subscribes and what unsubscribes, for errors. */
const COMMANDS: Record<SubscriptionKind, readonly [string, string]> = {
  CHANNELS: ['SUBSCRIBE', 'UNSUBSCRIBE'], PATTERNS: ['PSUBSCRIBE', 'PUNSUBSCRIBE'], SHARDED: ['SSUBSCRIBE', 'SUNSUBSCRIBE'],
};

/** For requests whose owner sees to their end. */
const ignore = (): void => undefined;

let resolveLast: (value: unknown) => void = ignore;
let rejectLast: (error: unknown) => void = ignore;
/** Takes a promise's functions without a closure for each promise. */
const capture = (resolve: (value: unknown) => void, reject: (error: unknown) => void): void => {
  resolveLast = resolve;
  rejectLast = reject;
};

/** They would keep the promise, and with it the result and the context of the caller. */
function forgetLast(): void {
  resolveLast = ignore;
  rejectLast = ignore;
}

/** The part of a link that deals with requests; its life is the business of `Link`. */
export abstract class LinkRequests implements PendingOwner {
  protected readonly engine: Engine = engine();
  /** The link's native id; -1 while it is closed. */
  protected id = -1;
  /** The protocol of the session. */
  protected session: 2 | 3 = 3;
  /** The error of the last loss, for the requests that it fails. */
  protected lastError: Error | undefined = undefined;
  /** Stacks of errors name those who called. */
  protected namesCallers = false;
  /** Called when nothing is queued or in flight any more, before the last request settles. */
  drained: (() => void) | undefined = undefined;
  #outstanding = 0;
  #outstandingBytes = 0;

  /** The protocol that replies are read in. */
  get protocol(): 2 | 3 {
    return this.session;
  }

  /** What the link is doing, for those who wait. */
  protected abstract get condition(): LinkCondition;

  /** Requests that are queued or in flight. */
  get outstanding(): number {
    return this.#outstanding;
  }

  /** Bytes of the commands that are queued or in flight. */
  get outstandingBytes(): number {
    return this.#outstandingBytes;
  }

  /** The shared encoder, rolled back to the start of a new command. */
  begin(keyPrefix?: string | Buffer): CommandEncoder {
    return this.engine.begin(keyPrefix);
  }

  /**
   * Queues what was encoded since `begin()`. Never throws.
   *
   * @param isWrite the cache of the link was told of it
   */
  submit(
    encoder: CommandEncoder, command: Command | undefined, options: LinkCommandOptions, name?: string, isWrite = false,
  ): Promise<unknown> {
    let length: number;
    try {
      length = encoder.end();
    } catch (error) {
      return Promise.reject(refusedCommand(error as Error, name ?? command?.name));
    }
    if (this.id < 0) return Promise.reject(refusedCommand(new ClientClosedError(), name ?? command?.name));
    const timeout = options.timeout ?? 0;
    const limited = hasLimits(options, timeout);
    const refusal = limited ? limitsRefusal(options) : undefined;
    if (refusal !== undefined) return Promise.reject(refusedCommand(refusal, name ?? command?.name));
    const typeMapping = options.typeMapping ?? undefined;
    const promise = new Promise(capture);
    const pending = new Pending(
      this, resolveLast, this.rejecting(rejectLast), command, name ?? command?.name, encoder.preserve, typeMapping, length, timeout,
    );
    // Commands of users need not say their names.
    const isPubSub = isPubSubName(name ?? command?.name ?? firstWord(encoder));
    const flags = flagsOf(options) | (isWrite ? FLAG_WRITE : 0) | (isPubSub ? FLAG_PUB_SUB : 0);
    this.#outstanding++;
    this.#outstandingBytes += length;
    if (!limited) {
      this.engine.queue(this.id, pending, length, flags, timeout);
      return promise;
    }
    const ticket = this.engine.queue(this.id, pending, length, flags | FLAG_CANCELLABLE, queueTimeout(options));
    this.#watch([pending], [ticket], options);
    return promise;
  }

  /**
   * Queues what was encoded since `begin()` as a load of a cache, behind `before` if there is something that has to go with it.
   *
   * @param length what `encoder.end()` returned
   * @param owner is told of its end
   * @returns its ticket
   */
  submitLoad(
    encoder: CommandEncoder, length: number, owner: PendingOwner, options: LinkCommandOptions, name: string | undefined,
    before?: PreparingCommand,
  ): number {
    const pending = new Pending(owner, ignore, ignore, undefined, name, undefined, undefined, length);
    const flags = flagsOf(options) | FLAG_CACHE | FLAG_CANCELLABLE;
    const timeout = queueTimeout(options);
    this.#outstanding++;
    this.#outstandingBytes += length;
    if (before === undefined) return this.engine.queue(this.id, pending, length, flags, timeout);
    const bytes = Buffer.from(encoder.buffer.subarray(encoder.start, encoder.start + length));
    const first = new Pending(this, ignore, before.refused, before.command, before.name, undefined, undefined, before.length);
    this.#outstanding++;
    this.#outstandingBytes += before.length;
    this.engine.queueEncoded(this.id, first, before, flags & ~FLAG_CACHE | FLAG_CHAIN, timeout);
    return this.engine.queueEncoded(this.id, pending, { bytes }, flags, 0);
  }

  /** Takes a load back that nobody waits for any more. False when it was written. */
  takeBackLoad(tickets: readonly number[]): boolean {
    if (!this.engine.takeBack(tickets)) return false;
    for (const ticket of tickets) {
      const pending = this.engine.pending.take(ticket);
      if (pending !== undefined) this.forget(pending);
    }
    return true;
  }

  /** What was read over this connection for a cache is dropped, and it is no longer trusted. */
  untrack(): void {
    if (this.id >= 0) this.engine.native.untrack(this.id);
  }

  /** The error of a request that the engine settles without a reply. */
  failureOf(code: number, phase: number, { name, timeout }: Pending): Error {
    return failureError(code, phase, name, { lastError: this.lastError, condition: this.condition, timeout });
  }

  /** The error of a request that came to a limit of its own. */
  limitError(name: string | undefined, phase: CommandPhase, error: (request: LimitedRequest) => Error): Error {
    return describeError(error({ name, phase, condition: this.condition, lastError: this.lastError }), { command: name, phase });
  }

  /** What rejects a request that is issued now. */
  rejecting(reject: (error: unknown) => void): (error: unknown) => void {
    return this.namesCallers ? fromCaller(reject) : reject;
  }

  /** Several commands that travel together and fail together; one promise each. Limits are those of the whole chain. */
  submitChain(commands: readonly EncodedCommand[], options: LinkCommandOptions): Promise<unknown>[] {
    const limited = hasLimits(options, options.timeout ?? 0);
    const refusal = (): Error | undefined => (this.id < 0 ? new ClientClosedError() : limited ? limitsRefusal(options) : undefined);
    if (refusal() !== undefined) return commands.map(({ name }) => Promise.reject(refusedCommand(refusal() as Error, name)));
    const promises: Promise<unknown>[] = [];
    const requests: Pending[] = [];
    const tickets: number[] = [];
    const flags = flagsOf(options);
    const typeMapping = options.typeMapping ?? undefined;
    const last = commands.length - 1;
    for (let i = 0; i <= last; i++) {
      const encoded = commands[i] as EncodedCommand;
      const { length, command, preserve, name } = encoded;
      promises.push(new Promise(capture));
      this.#outstanding++;
      this.#outstandingBytes += length;
      const pending = new Pending(
        this, resolveLast, this.rejecting(rejectLast), command, name, preserve, typeMapping, length, options.timeout,
      );
      const chain = (i < last ? FLAG_CHAIN : 0) | (i === 0 && limited ? FLAG_CANCELLABLE : 0) |
        (isPubSubName(name) ? FLAG_PUB_SUB : 0);
      // The first one's timeout is that of the chain.
      tickets.push(this.engine.queueEncoded(this.id, pending, encoded, flags | chain, i === 0 ? queueTimeout(options) : 0));
      requests.push(pending);
    }
    if (limited && last >= 0) this.#watch(requests, tickets, options);
    return promises;
  }

  /** Watches the signal and the deadline of a command or chain. The last reply ends that. */
  #watch(requests: readonly Pending[], tickets: readonly number[], options: LinkCommandOptions): void {
    const last = requests[requests.length - 1] as Pending;
    try {
      last.cleanup = watchLimits(options, (error, inFlight) => this.#cancel(requests, tickets, error, inFlight));
    } catch (error) {
      this.#cancel(requests, tickets, () => error as Error, true);
    }
  }

  /** Takes a command or chain back, or (`inFlight`) gives up on what was written: its replies will be dropped. */
  #cancel(
    requests: readonly Pending[], tickets: readonly number[], error: (request: LimitedRequest) => Error, inFlight: boolean,
  ): void {
    const table = this.engine.pending;
    const waits = (index: number): boolean =>
      table.peek(tickets[index] as number) === requests[index] && !(requests[index] as Pending).abandoned;
    const queued = waits(0) && this.engine.takeBack(tickets);
    if (!queued && !inFlight) return;
    for (const [index, pending] of requests.entries()) {
      if (!waits(index)) continue;
      if (queued) {
        table.take(tickets[index] as number);
        this.forget(pending);
      } else {
        pending.abandoned = true;
        pending.unwatch();
      }
      pending.reject(this.limitError(pending.name, queued ? 'queued' : 'written', error));
    }
  }

  /** SUBSCRIBE, PSUBSCRIBE or SSUBSCRIBE; resolves when all channels are acknowledged. */
  subscribe(kind: SubscriptionKind, channels: readonly (string | Buffer)[]): Promise<void> {
    const names = channels.map(toBuffer);
    return this.#request(COMMANDS[kind][0], (id, ticket) => {
      this.engine.native.subscribe(id, ticket, KIND_NUMBERS[kind], names);
    });
  }

  /** The opposite. @param channels `undefined` means all of that kind */
  unsubscribe(kind: SubscriptionKind, channels?: readonly (string | Buffer)[]): Promise<void> {
    const names = channels?.map(toBuffer);
    return this.#request(COMMANDS[kind][1], (id, ticket) => {
      this.engine.native.unsubscribe(id, ticket, KIND_NUMBERS[kind], names);
    });
  }

  /** MONITOR; lines go to `handlers.monitored`. */
  monitor(): Promise<void> {
    return this.#request('MONITOR', (id, ticket) => {
      this.engine.native.monitor(id, ticket);
    });
  }

  /** RESET and the handshake again. */
  reset(): Promise<void> {
    return this.#request('RESET', (id, ticket) => {
      this.engine.native.reset(id, ticket);
    });
  }

  #request(name: string, send: (id: number, ticket: number) => void): Promise<void> {
    if (this.id < 0) return Promise.reject(refusedCommand(new ClientClosedError(), name));
    const promise = new Promise(capture);
    const pending = new Pending(this, resolveLast, this.rejecting(rejectLast), undefined, name, undefined, undefined, 0);
    this.#outstanding++;
    // What was called before must leave before.
    this.engine.flush();
    const ticket = this.engine.pending.add(pending);
    try {
      send(this.id, ticket);
    } catch (error) {
      // Only a fault inside of native code, which may have settled it.
      if (this.engine.pending.peek(ticket) === pending) {
        this.engine.pending.take(ticket);
        this.forget(pending);
        pending.reject(error);
      }
    }
    return promise as Promise<void>;
  }

  /** The engine has a reply. */
  onReply(pending: Pending, reader: TapeReader): void {
    this.forget(pending);
    settleWithReply(pending, reader, this.session);
  }

  /** The reply of an abandoned request was dropped. */
  onDropped(pending: Pending): void {
    this.forget(pending);
  }

  /** The engine settled a request of its own kinds. */
  onDone(pending: Pending): void {
    this.forget(pending);
    pending.resolve(undefined);
  }

  /** The engine settled a request without a reply. */
  onFailure(pending: Pending, code: number, phase: number): void {
    this.forget(pending);
    if (!pending.abandoned) pending.reject(this.failureOf(code, phase, pending));
  }

  /** A request has come to its end: it is no longer outstanding, nor watched. */
  forget(pending: Pending): void {
    this.#outstanding--;
    this.#outstandingBytes -= pending.length;
    if (pending.cleanup !== undefined) pending.unwatch();
    if (this.#outstanding > 0) return;
    forgetLast();
    this.drained?.();
  }
}

/** The shared encoder at the start of a new command, for whichever link it will be submitted to. */
export function beginCommand(keyPrefix?: string | Buffer): CommandEncoder {
  return engine().begin(keyPrefix);
}

function firstWord(encoder: CommandEncoder): string {
  return encoder.commandIdentifier.command;
}

function flagsOf({ asap, typeMapping }: LinkCommandOptions): number {
  return (asap === true ? FLAG_ASAP : 0) | (wantsBytes(typeMapping) ? FLAG_BYTES : 0);
}

/** Whether strings may be wanted as Buffers. */
export function wantsBytes(typeMapping: TypeMapping | undefined): boolean {
  return typeMapping?.[RESP_TYPES.BLOB_STRING] !== undefined || typeMapping?.[RESP_TYPES.SIMPLE_STRING] !== undefined;
}

function toBuffer(value: string | Buffer): Buffer {
  return typeof value === 'string' ? Buffer.from(value) : copyOfBytes(value);
}
