/** The requests of a link: commands, chains, loads of a cache, and requests that the engine encodes itself (such as SUBSCRIBE). */
import { fromCaller } from '../call-site';
import { ClientClosedError, describeError, refusedCommand, type CommandPhase } from '../errors';
import {
  FLAG_ASAP, FLAG_BYTES, FLAG_CACHE, FLAG_CANCELLABLE, FLAG_CHAIN, FLAG_CHAINED, FLAG_PUB_SUB, FLAG_READ, FLAG_WRITE,
  READ_FROM_SHIFT,
} from './boundary.generated';
import { CacheLoad, type LoadObserver } from './cache-load';
import type { LinkRequests, PartRequests } from './client-link';
import type { Command } from './command';
import { asDeclared } from './command-flags';
import type { TapeReader } from './decoder';
import type { CommandEncoder } from './encoder';
import type { Engine } from './engine';
import { hashSlotIn, hashSlotOf, NO_SLOT } from './hash-slot';
import type {
  EncodedCommand, LinkCommandOptions, LinkOptions, PartRouting, PreparingCommand, ReplyPart, RequestLimits, Routing,
} from './link-types';
import type { LimitedRequest, LinkCondition } from './limit-errors';
import type { Whereabouts } from './whereabouts';
import type { Segmented } from './large-arguments';
import { failureError } from './native-errors';
import { Pending, type PendingOwner } from './pending';
import { isPubSubName } from './pub-sub-names';
import { settleWithReply } from './reply';
import { hasLimits, limitsRefusal, queueTimeout, watchLimits } from './request-limits';
import { READ_FROM } from './read-from';
import { wantsBytes } from './resp-types';

/** `resolve` and `reject` of requests that their owner settles itself. */
const ignore = (): void => undefined;

let resolveLast: (value: unknown) => void = ignore;
let rejectLast: (error: unknown) => void = ignore;
/** Stores the functions of a new promise in module variables, which saves a closure for each promise. */
const capture = (resolve: (value: unknown) => void, reject: (error: unknown) => void): void => {
  resolveLast = resolve;
  rejectLast = reject;
};

/** Clears these variables. They would keep the promise alive, and with it the result and the caller's async context. */
function forgetLast(): void {
  resolveLast = ignore;
  rejectLast = ignore;
}

/** The functions of all parts: the request's `preserve` is the part, which saves two closures for each. */
function resolvePart(this: Pending, reply: unknown): void {
  (this.preserve as ReplyPart).resolved(reply);
}

function rejectPart(this: Pending, error: unknown): void {
  (this.preserve as ReplyPart).rejected(error);
}

/** The parts of the engine that requests use. */
export type RequestEngine = Pick<Engine, 'begin' | 'queue' | 'queueEncoded' | 'takeBack' | 'flush' | 'pending'>;

/** See the module's comment. A link has one `Requests` for its whole life, and reports changes of the connection to it. */
export class Requests implements LinkRequests, PartRequests, PendingOwner {
  readonly #engine: RequestEngine;
  readonly #condition: () => LinkCondition;
  /** The link's native id; -1 while it is closed. */
  #link = -1;
  /** The link is open and not closing: it accepts new requests. */
  isOpen = false;
  /** The protocol version of the connection, for reading replies. */
  resp: 2 | 3 = 3;
  /** The error of the last connection loss; requests that fail by it get it as their cause. */
  lastError: Error | undefined = undefined;
  #outstanding = 0;
  #outstandingBytes = 0;
  /** Stacks of errors contain the caller. */
  #namesCallers = false;
  #limits: RequestLimits | undefined = undefined;
  #routing: Routing | undefined = undefined;
  #drained: (() => void) | undefined = undefined;

  /** @param condition returns the state of the link, for the errors of waiting requests */
  constructor(engine: RequestEngine, condition: () => LinkCondition) {
    this.#engine = engine;
    this.#condition = condition;
  }

  get outstanding(): number {
    return this.#outstanding;
  }

  get outstandingBytes(): number {
    return this.#outstandingBytes;
  }

  onDrained(listener: () => void): void {
    this.#drained = listener;
  }

  /** The link was opened. @param link its native id */
  opened(link: number, { resp, namesCallers, limits, routing }: LinkOptions): void {
    this.#link = link;
    this.resp = resp;
    this.isOpen = true;
    this.#namesCallers = namesCallers === true;
    this.#limits = limits;
    this.#routing = routing;
  }

  /** The link has ended. */
  ended(): void {
    this.#link = -1;
    this.isOpen = false;
  }

  get encoding(): RequestEngine {
    return this.#engine;
  }

  /** The error of a request while the link does not accept any. */
  closedError(): Error {
    return new ClientClosedError();
  }

  refusal(bytes: number, options: LinkCommandOptions = {}): Error | undefined {
    if (!this.isOpen) return this.closedError();
    const isReady = this.#condition() === 'ready';
    return this.#limits?.refusal(this, bytes, isReady) ?? (isLimited(options) ? limitsRefusal(options) : undefined);
  }

  submit(
    encoder: CommandEncoder, command: Command | undefined, options: LinkCommandOptions, name?: string, isWrite = false,
  ): Promise<unknown> {
    let length: number;
    try {
      length = encoder.end();
    } catch (error) {
      return this.#refusedArguments(error, name ?? command?.name);
    }
    const timeout = options.timeout || 0;
    const limited = hasLimits(options, timeout);
    if (!this.isOpen || limited || this.#limits !== undefined) {
      const refusal = this.refusal(length, options);
      if (refusal !== undefined) return refused(refusal, name ?? command?.name);
    }
    const promise = new Promise(capture);
    const pending = new Pending(
      this, resolveLast, this.rejecting(rejectLast), command, name ?? command?.name, encoder.preserve, options.typeMapping ?? undefined,
      length, timeout,
    );
    // User-defined commands may have no `name`.
    const isPubSub = isPubSubName(name ?? command?.name ?? firstWord(encoder));
    let flags = flagsOf(options) | (isWrite ? FLAG_WRITE : 0) | (isPubSub ? FLAG_PUB_SUB : 0);
    let slot = NO_SLOT;
    if (this.#routing !== undefined) {
      flags |= asDeclared(this.#routing.flagsOf(name ?? command?.name ?? firstWord(encoder)), command) | readFromOf(options);
      slot = hashSlotIn(encoder);
    }
    if (!limited) {
      this.#enqueue(pending, undefined, flags, timeout, slot);
      return promise;
    }
    const ticket = this.#enqueue(pending, undefined, flags | FLAG_CANCELLABLE, queueTimeout(options), slot);
    this.#watch([pending], [ticket], options);
    return promise;
  }

  admit(encoder: CommandEncoder, options: LinkCommandOptions, name: string | undefined): Promise<unknown> | undefined {
    let length: number;
    try {
      length = encoder.end();
    } catch (error) {
      return this.#refusedArguments(error, name);
    }
    const refusal = this.refusal(length, options);
    return refusal === undefined ? undefined : refused(refusal, name);
  }

  submitPart(encoder: CommandEncoder, part: ReplyPart, { name, flags, slot }: PartRouting, options: LinkCommandOptions): void {
    let length: number;
    try {
      length = encoder.end();
    } catch (error) {
      part.rejected(error);
      return;
    }
    // An earlier part may have ended the link.
    if (!this.isOpen) return part.rejected(refusedCommand(this.closedError(), name));
    const timeout = options.timeout || 0;
    const typeMapping = options.typeMapping ?? undefined;
    const pending = new Pending(this, resolvePart, rejectPart, undefined, name, part, typeMapping, length, timeout);
    const limited = hasLimits(options, timeout);
    const allFlags = flags | flagsOf(options) | readFromOf(options) | (limited ? FLAG_CANCELLABLE : 0);
    const ticket = this.#enqueue(pending, undefined, allFlags, limited ? queueTimeout(options) : timeout, slot);
    if (limited) this.#watch([pending], [ticket], options);
  }

  /** Arguments from which no command can be built; on a closed link that comes first. */
  #refusedArguments(error: unknown, name: string | undefined): Promise<unknown> {
    return refused(this.isOpen ? error as Error : this.closedError(), name);
  }

  submitChain(commands: readonly EncodedCommand[], options: LinkCommandOptions, isAccepted = false): Promise<unknown>[] {
    const refusal = isAccepted && this.#link >= 0 ? undefined : this.#chainRefusal(commands);
    if (refusal !== undefined) throw refusedCommand(refusal, commands[0]?.name);
    const limited = isLimited(options);
    if (limited && limitsRefusal(options) !== undefined) return commands.map(({ name }) => refused(limitsRefusal(options) as Error, name));
    const promises: Promise<unknown>[] = [];
    const requests: Pending[] = [];
    const tickets: number[] = [];
    const last = commands.length - 1;
    const flags = flagsOf(options) | (last > 0 ? FLAG_CHAINED : 0) | (this.#routing === undefined ? 0 : readFromOf(options));
    const typeMapping = options.typeMapping ?? undefined;
    const slot = this.#slotOfChain(commands);
    for (let i = 0; i <= last; i++) {
      const encoded = commands[i] as EncodedCommand;
      const { length, command, preserve, name } = encoded;
      promises.push(new Promise(capture));
      const pending = new Pending(
        this, resolveLast, this.rejecting(rejectLast), command, name, preserve, typeMapping, length, options.timeout,
      );
      const chain = (i < last ? FLAG_CHAIN : 0) | (i === 0 && limited ? FLAG_CANCELLABLE : 0);
      // The timeout of the first command applies to the whole chain.
      tickets.push(this.#enqueue(pending, encoded, flags | encoded.flags | chain, i === 0 ? queueTimeout(options) : 0, slot));
      requests.push(pending);
    }
    if (limited && last >= 0) this.#watch(requests, tickets, options);
    return promises;
  }

  /** Why a chain cannot be accepted, or `undefined`. Unlike a single command, a chain may always wait for a connection. */
  #chainRefusal(commands: readonly EncodedCommand[]): Error | undefined {
    if (!this.isOpen) return this.closedError();
    if (this.#limits === undefined) return undefined;
    return this.#limits.chainRefusal(this, commands.length, commands.reduce((sum, { length }) => sum + length, 0));
  }

  newLoad(observer: LoadObserver, ticket: number, timeout: number | undefined): CacheLoad {
    return new CacheLoad(this, observer, ticket, timeout);
  }

  submitLoad(
    encoder: CommandEncoder, length: number, owner: PendingOwner, options: LinkCommandOptions, name: string | undefined,
    before?: PreparingCommand,
  ): readonly number[] {
    const pending = new Pending(owner, ignore, ignore, undefined, name, undefined, undefined, length);
    const flags = flagsOf(options) | FLAG_CACHE | FLAG_CANCELLABLE | FLAG_READ;
    const timeout = queueTimeout(options);
    const slot = this.#routing === undefined ? NO_SLOT : hashSlotIn(encoder);
    if (before === undefined) return [this.#enqueue(pending, undefined, flags, timeout, slot)];
    const bytes = Buffer.from(encoder.buffer.subarray(encoder.start, encoder.start + length));
    const first = new Pending(this, ignore, before.refused, before.command, before.name, undefined, undefined, before.length);
    const head = this.#enqueue(first, before, flagsOf(options) | FLAG_CANCELLABLE | FLAG_CHAIN | FLAG_CHAINED | before.flags, timeout, slot);
    return [head, this.#enqueue(pending, { bytes }, flags | FLAG_CHAINED, 0, slot)];
  }

  /** Issues a request that the engine encodes itself. @param send passes its ticket to the engine */
  request(name: string, send: (ticket: number) => void): Promise<void> {
    if (!this.isOpen) return refused(new ClientClosedError(), name) as Promise<void>;
    const promise = new Promise(capture);
    const pending = new Pending(this, resolveLast, this.rejecting(rejectLast), undefined, name, undefined, undefined, 0);
    // Commands issued before must be sent before.
    this.#engine.flush();
    const ticket = this.#enqueue(pending, null, 0, 0, NO_SLOT);
    try {
      send(ticket);
    } catch (error) {
      // `send` throws only after a panic in native code, which may have settled the request already.
      if (this.#engine.pending.peek(ticket) === pending) {
        this.#engine.pending.take(ticket);
        this.forget(pending);
        pending.reject(error);
      }
    }
    return promise as Promise<void>;
  }

  /**
   * Counts a request as outstanding, queues it and returns its ticket.
   *
   * @param encoded `undefined` for the command in the encoder; null if the engine encodes the request itself
   */
  #enqueue(pending: Pending, encoded: Segmented | undefined | null, flags: number, timeout: number, slot: number): number {
    this.#outstanding++;
    this.#outstandingBytes += pending.length;
    if (encoded === undefined) return this.#engine.queue(this.#link, pending, flags, timeout, slot);
    if (encoded === null) return this.#engine.pending.add(pending);
    return this.#engine.queueEncoded(this.#link, pending, encoded, flags, timeout, slot);
  }

  /**
   * The hash slot of a chain: that of its first command that has one. All of its commands get it, since a full batch may cut the chain
   * anywhere. Not computed for a link that leads to a single server.
   */
  #slotOfChain(commands: readonly EncodedCommand[]): number {
    if (this.#routing === undefined) return NO_SLOT;
    for (const command of commands) {
      const slot = hashSlotOf(command);
      if (slot !== NO_SLOT) return slot;
    }
    return NO_SLOT;
  }

  takeBackLoad(tickets: readonly number[], taken: () => void): boolean {
    if (!this.#engine.takeBack(tickets)) return false;
    taken();
    for (const ticket of tickets) {
      const pending = this.#engine.pending.take(ticket);
      if (pending !== undefined) this.forget(pending);
    }
    return true;
  }

  /** @param _request what was submitted, if several callers wait for it */
  failureOf(code: number, phase: number, { name, timeout }: Pending, _request?: Pending): Error {
    return failureError(code, phase, name, { lastError: this.lastError, condition: this.#condition(), timeout });
  }

  whereabouts(_ticket: number): Whereabouts | undefined {
    return undefined;
  }

  limitError(name: string | undefined, phase: CommandPhase, error: (request: LimitedRequest) => Error, place?: Whereabouts): Error {
    const limited = error({ name, phase, condition: this.#condition(), lastError: this.lastError, waiting: place?.waiting });
    return describeError(place === undefined ? limited : place.describe(limited), { command: name, phase });
  }

  rejecting(reject: (error: unknown) => void): (error: unknown) => void {
    return this.#namesCallers ? fromCaller(reject) : reject;
  }

  /** Watches the signal and the deadline of a command or chain until its last reply. */
  #watch(requests: readonly Pending[], tickets: readonly number[], options: LinkCommandOptions): void {
    const last = requests[requests.length - 1] as Pending;
    try {
      last.cleanup = watchLimits(options, (error, inFlight) => this.#cancel(requests, tickets, error, inFlight));
    } catch (error) {
      this.#cancel(requests, tickets, () => error as Error, true);
    }
  }

  /** Cancels a command or chain; if it was written and `inFlight` is set, rejects it and drops its replies. */
  #cancel(
    requests: readonly Pending[], tickets: readonly number[], error: (request: LimitedRequest) => Error, inFlight: boolean,
  ): void {
    const table = this.#engine.pending;
    const waits = (index: number): boolean =>
      table.peek(tickets[index] as number) === requests[index] && !(requests[index] as Pending).abandoned;
    const place = waits(0) ? this.whereabouts(tickets[0] as number) : undefined;
    const queued = waits(0) && this.#engine.takeBack(tickets);
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
      pending.reject(this.limitError(pending.name, queued ? 'queued' : 'written', error, place));
    }
  }

  /** The reply of a request is at the cursor. */
  onReply(pending: Pending, reader: TapeReader): void {
    this.forget(pending);
    settleWithReply(pending, reader, this.resp);
  }

  /** The reply of an abandoned request was dropped. */
  onDropped(pending: Pending): void {
    this.forget(pending);
  }

  /** A request that the engine encoded itself is done. */
  onDone(pending: Pending): void {
    this.forget(pending);
    pending.resolve(undefined);
  }

  /** The engine settled a request without a reply. */
  onFailure(pending: Pending, code: number, phase: number): void {
    this.forget(pending);
    if (!pending.abandoned) pending.reject(this.failureOf(code, phase, pending));
  }

  /** Ends a request: it is no longer counted as outstanding, nor watched. */
  forget(pending: Pending): void {
    this.#outstanding--;
    this.#outstandingBytes -= pending.length;
    if (pending.cleanup !== undefined) pending.unwatch();
    if (this.#outstanding > 0) return;
    forgetLast();
    this.#drained?.();
  }
}

function refused(error: Error, name: string | undefined): Promise<unknown> {
  return Promise.reject(refusedCommand(error, name));
}

function isLimited(options: LinkCommandOptions): boolean {
  return hasLimits(options, options.timeout || 0);
}

function firstWord(encoder: CommandEncoder): string {
  return encoder.commandIdentifier.command;
}

/** The flags that name the nodes which a read may go to. Functions are asked before a command gets here. */
function readFromOf({ readFrom }: LinkCommandOptions): number {
  return typeof readFrom === 'string' ? (READ_FROM[readFrom] + 1) << READ_FROM_SHIFT : 0;
}

function flagsOf({ asap, typeMapping }: LinkCommandOptions): number {
  return (asap === true ? FLAG_ASAP : 0) | (wantsBytes(typeMapping) ? FLAG_BYTES : 0);
}
