/** The JS half of the engine: one per Node environment. Batches commands for native code and hands replies to links. */
import { noContext } from '../context';
import { LONGEST_TIMER } from '../timers';
import { loadNative, type Addon, type NativeClusterOptions, type NativeEngine, type NativeLinkOptions } from './addon';
import { Blocks } from './blocks';
import * as boundary from './boundary.generated';
import { CachedReads } from './cached-reads';
import { TapeReader } from './decoder';
import { CommandEncoder } from './encoder';
import { LARGE_ARGUMENT, LargeTexts, lend, lendWhole, NO_LARGES, type Segmented } from './large-arguments';
import { type Pending, PendingTable } from './pending';
import { SharedMemory } from './shared-memory';

// Copied to constants, since a property of a module object is looked up at every use.
const {
  AREA_SIZE, CONTROL_BYTES, CONTROL_COUNT, CONTROL_DISPATCHING, CONTROL_WORDS, DONE, FAILURE, FLAG_CACHE, FLAG_CANCELLED, FLAG_LARGE, FLAG_WRITE,
  INBOX_BLOCK, INBOX_COUNT, INBOX_HEADER, INBOX_LAST, META_COMMANDS, META_FLAGS, META_LENGTH, META_LINK, META_SLOT, META_TICKET, META_TIMEOUT,
  META_WORDS, OUT_SIZE, TICKET_PUSH, TICKET_TRACE,
} = boundary;
type NativeEvent = boundary.NativeEvent;

/** Initial size of the inbox, in words. It grows when needed. */
const FIRST_INBOX_WORDS = 16 * 1024;

/** Flags of requests that were announced to a cache, and so use the reserved ticket. */
const CACHE_KNOWS = FLAG_CACHE | FLAG_WRITE;

/** Words of a trace after the id of the cluster. */
const TRACE_WORDS = 6;

/** A batch of this many bytes is sent before the tick ends, so that the server starts early. */
const EARLY_FLUSH = 16 * 1024;

/** Whether libuv's symbols may be used: some runtimes export them as stubs that abort. */
function runsOnLibuv(): boolean {
  const versions = process.versions as Record<string, string | undefined>;
  return versions.uv !== undefined && versions.bun === undefined && versions.deno === undefined &&
    !('Deno' in globalThis) && !('Bun' in globalThis);
}

/** Receives what concerns a link but is not the reply of a request. */
export interface LinkListener {
  /** A push of the server is at the cursor. */
  onPush(kind: boundary.PushKind, reader: TapeReader): void;
  /** A line of MONITOR is at the cursor. */
  onMonitorLine(reader: TapeReader): void;
  /** An event of the link. The meaning of `a`, `b` and `detail` depends on `kind`. */
  onEvent(kind: NativeEvent, a: number, b: number, detail: string): void;
  /** Where a command of a cluster has been; its error reply or failure is the next item. Its words are at the cursor. */
  onTrace?(reader: TapeReader): void;
}

/** The engine of this environment. */
export class Engine {
  readonly native: NativeEngine;
  readonly encoder: CommandEncoder;
  readonly pending = new PendingTable();
  readonly #memory = new SharedMemory(
    OUT_SIZE + AREA_SIZE + 4 * (META_COMMANDS * META_WORDS + CONTROL_WORDS + FIRST_INBOX_WORDS),
  );
  readonly #meta = this.#memory.words(META_COMMANDS * META_WORDS);
  readonly #control = this.#memory.words(CONTROL_WORDS);
  readonly #out = this.#memory.bytes(OUT_SIZE);
  readonly #area = this.#memory.bytes(AREA_SIZE);
  readonly #blocks: Blocks;
  readonly #links: (LinkListener | undefined)[] = [];
  readonly #clusters = new Map<number, LinkListener>();
  readonly #reader = new TapeReader();
  readonly #flush = (): void => {
    this.#scheduled = false;
    this.flush();
  };
  readonly #tick = (): void => {
    this.native.tick();
  };
  #inbox = this.#memory.words(FIRST_INBOX_WORDS);
  #scheduled = false;
  #timer: NodeJS.Timeout | undefined;
  #cachedReads: CachedReads | undefined;

  /** @param addon creates the native half: the addon of this platform, or a test double */
  constructor({ NativeEngine }: Pick<Addon, 'NativeEngine'> = loadNative()) {
    const callbacks = {
      dispatch: this.#dispatch.bind(this),
      event: this.#event.bind(this),
      allocate: (block: number, size: number) => this.#blocks.lend(block, size),
      growInbox: this.#growInbox.bind(this),
    };
    const memory = { out: this.#out, meta: this.#meta, control: this.#control, inbox: this.#inbox, area: this.#area };
    const onLibuv = runsOnLibuv();
    this.native = new NativeEngine(callbacks, memory, onLibuv);
    this.#blocks = new Blocks(this.native, onLibuv);
    this.encoder = new CommandEncoder(this.#out, (encoder, needed) => this.#grow(encoder, needed), new LargeTexts(this.native));
  }

  /** Returns the shared encoder at the start of a new command. */
  begin(keyPrefix?: string | Buffer): CommandEncoder {
    const encoder = this.encoder;
    // Native code takes the batch after a dispatch without notifying JS.
    if (this.#control[CONTROL_COUNT] === 0) this.#startBatch(encoder);
    return encoder.begin(keyPrefix);
  }

  /** Adds the command in the encoder to the batch. @param slot the hash slot of its keys; -1 without one. @returns its ticket */
  queue(link: number, pending: Pending, flags: number, timeout: number, slot: number): number {
    const { encoder } = this;
    if (encoder.largeBytes !== 0 || encoder.buffer !== this.#out) return this.#queueLarge(link, pending, flags, timeout, slot);
    encoder.commit();
    return this.#record(link, pending, pending.length, flags, timeout, slot);
  }

  /** `queue` for a command that has large arguments, or did not fit into the batch's memory. */
  #queueLarge(link: number, pending: Pending, flags: number, timeout: number, slot: number): number {
    const { encoder } = this;
    const { start, position, buffer, larges, largeBytes } = encoder;
    const isWhole = buffer !== this.#out;
    const own = isWhole ? buffer.subarray(start, position) : undefined;
    const allFlags = this.#lend(own, larges, flags, true);
    if (isWhole) this.#startBatch(encoder).interrupt(0);
    else encoder.commit();
    return this.#record(link, pending, isWhole ? 0 : pending.length - largeBytes, allFlags, timeout, slot);
  }

  /** Adds a command that was encoded earlier to the batch. */
  queueEncoded(
    link: number, pending: Pending, { bytes, larges = NO_LARGES }: Segmented, flags: number, timeout: number, slot: number,
  ): number {
    const encoder = this.encoder;
    if (this.#control[CONTROL_COUNT] === 0) this.#startBatch(encoder);
    const isWhole = bytes.length >= LARGE_ARGUMENT;
    const length = isWhole ? 0 : bytes.length;
    if (length > OUT_SIZE - encoder.start) this.flush();
    if (!isWhole) bytes.copy(encoder.buffer, encoder.start);
    const allFlags = isWhole || larges.length > 0 ? this.#lend(isWhole ? bytes : undefined, larges, flags, false) : flags;
    encoder.interrupt(encoder.start + length);
    return this.#record(link, pending, length, allFlags, timeout, slot);
  }

  /** Lends to native code what it writes without a copy. @param own the command's own bytes, if they are not in the batch */
  #lend(own: Buffer | undefined, larges: CommandEncoder['larges'], flags: number, isSentOnce: boolean): number {
    const index = this.#control[CONTROL_COUNT] as number;
    if (own === undefined) lend(this.native, index, larges, isSentOnce);
    else lendWhole(this.native, index, own, larges, isSentOnce);
    return flags | FLAG_LARGE;
  }

  /** Starts a new batch: the next command is written to the start of the shared memory. */
  #startBatch(encoder: CommandEncoder): CommandEncoder {
    encoder.start = 0;
    encoder.buffer = this.#out;
    return encoder;
  }

  /** Writes the batch entry of a command whose bytes are in place, and sends the batch or schedules that. */
  #record(link: number, pending: Pending, length: number, flags: number, timeout: number, slot: number): number {
    const control = this.#control;
    const meta = this.#meta;
    const { start } = this.encoder;
    const ticket = (flags & CACHE_KNOWS) === 0 ? this.pending.add(pending) : this.pending.addReserved(pending);
    const count = control[CONTROL_COUNT] as number;
    const at = count * META_WORDS;
    meta[at + META_LINK] = link;
    meta[at + META_TICKET] = ticket;
    meta[at + META_LENGTH] = length;
    meta[at + META_FLAGS] = flags;
    meta[at + META_TIMEOUT] = timeout;
    meta[at + META_SLOT] = slot;
    control[CONTROL_COUNT] = count + 1;
    control[CONTROL_BYTES] = start;
    if (start >= EARLY_FLUSH || count + 1 === META_COMMANDS || (flags & FLAG_LARGE) !== 0) {
      this.flush();
    } else if (control[CONTROL_DISPATCHING] === 0 && !this.#scheduled) {
      this.#scheduled = true;
      process.nextTick(this.#flush);
    }
    return ticket;
  }

  /** Sends the batch. */
  flush(): void {
    if (this.#control[CONTROL_COUNT] !== 0) {
      this.native.flush();
      this.encoder.interrupt(0);
    }
  }

  /** Whether the command of the encoder lies in the memory that native code can read. */
  get isEncodedInPlace(): boolean {
    return this.encoder.buffer === this.#out && this.encoder.largeBytes === 0;
  }

  /** The look-up in caches, created at first use. */
  get cachedReads(): CachedReads {
    return (this.#cachedReads ??= new CachedReads(this.native, this.#control, this.#out, this.pending));
  }

  /** What a queued command of a cluster waits for, in the words of the engine; `undefined` for any other. */
  whereabouts(ticket: number): string | undefined {
    return this.native.whereabouts(ticket) ?? undefined;
  }

  /** Cancels unwritten requests: one, or a whole chain. @returns false when writing the first one had begun already */
  takeBack(tickets: readonly number[]): boolean {
    if (this.#cancelInBatch(tickets)) return true;
    // An early flush may have taken the head of the chain; now native code gets the tail, too.
    if (tickets.length > 1) this.flush();
    return this.native.cancel(tickets[0] as number);
  }

  /** Marks commands in the batch as cancelled. @returns false when the first one is no longer in the batch */
  #cancelInBatch(tickets: readonly number[]): boolean {
    const meta = this.#meta;
    let index = (this.#control[CONTROL_COUNT] as number) - 1;
    // Search from the end: a ticket that a cancellation freed may have been used again, and the later entry is the right one.
    while (index >= 0 && meta[index * META_WORDS + META_TICKET] !== tickets[0]) index--;
    if (index < 0) return false;
    // The commands of a chain are adjacent.
    for (let at = index * META_WORDS + META_FLAGS, left = tickets.length; left > 0; left--, at += META_WORDS) {
      meta[at] = (meta[at] as number) | FLAG_CANCELLED;
    }
    return true;
  }

  /** Opens a link, registers it and returns its native id. Its events are reported from the next call on. */
  open(options: NativeLinkOptions, link: LinkListener): number {
    const id = this.native.open(options);
    this.#links[id] = link;
    return id;
  }

  /** Registers a link that the engine opened itself, for a node of a cluster. */
  adopt(id: number, link: LinkListener): void {
    this.#links[id] = link;
  }

  /** Registers a cluster and returns its id, which commands name in place of a link. */
  openCluster(options: NativeClusterOptions, cluster: LinkListener): number {
    const id = this.native.openCluster(options);
    this.#clusters.set(id, cluster);
    return id;
  }

  /** Forgets a cluster that has ended. */
  detachCluster(id: number): void {
    this.#clusters.delete(id);
    this.native.release(id);
  }

  /** Forgets a link that has ended. */
  detach(id: number): void {
    this.#links[id] = undefined;
    this.native.release(id);
  }

  /** Called by the encoder when the command does not fit after the committed ones. */
  #grow(encoder: CommandEncoder, needed: number): void {
    if (encoder.buffer === this.#out && encoder.start > 0) {
      if (this.#control[CONTROL_COUNT] !== 0) this.native.flush();
      encoder.relocate(this.#out, 0);
      if (encoder.position + needed <= OUT_SIZE) return;
    }
    const size = encoder.position - encoder.start + needed;
    encoder.relocate(Buffer.allocUnsafeSlow(Math.max(size + (size >> 1), OUT_SIZE * 4)), 0);
  }

  #dispatch(text: string, ...strings: string[]): void {
    const reader = this.#reader;
    const words = this.#inbox;
    const count = words[INBOX_COUNT] as number;
    const block = words[INBOX_BLOCK] as number;
    reader.words = words;
    reader.bytes = block === 0 ? this.#area : this.#blocks.get(block);
    reader.owned = false;
    reader.shared = false;
    reader.text = text;
    reader.strings = strings;
    reader.cursor = INBOX_HEADER;
    // Only the last reply of a block may keep its memory. Before that, the block still has bytes to read, here or in native code.
    const given = block !== 0 && words[INBOX_LAST] === 1 ? count - 1 : -1;
    for (let i = 0; i < count; i++) {
      if (i === given) reader.owned = true;
      const ticket = words[reader.cursor++] as number;
      if (ticket >= 0) this.#settle(ticket, reader);
      else this.#unasked(ticket, reader);
    }
    if (block !== 0 && words[INBOX_LAST] === 1) this.#blocks.release(block, !reader.shared);
    reader.owned = false;
    reader.bytes = this.#area;
  }

  #settle(ticket: number, reader: TapeReader): void {
    const op = reader.words[reader.cursor] as number;
    const pending = this.pending.take(ticket);
    if (op === FAILURE) {
      const word = reader.words[reader.cursor + 1] as number;
      reader.cursor += 2;
      pending?.owner.onFailure(pending, word & 0xff, word >> 8);
    } else if (op === DONE) {
      reader.cursor++;
      pending?.owner.onDone(pending);
    } else if (pending === undefined || pending.abandoned) {
      reader.skip();
      pending?.owner.onDropped(pending);
    } else {
      pending.owner.onReply(pending, reader);
    }
  }

  #unasked(ticket: number, reader: TapeReader): void {
    const id = reader.words[reader.cursor++] as number;
    if (ticket === TICKET_TRACE) return this.#traced(id, reader);
    const link = this.#links[id];
    if (ticket === TICKET_PUSH) {
      const kind = reader.words[reader.cursor++] as number;
      if (link === undefined) reader.skip();
      else link.onPush(kind, reader);
    } else if (link === undefined) reader.skip();
    else link.onMonitorLine(reader);
  }

  #traced(id: number, reader: TapeReader): void {
    const end = reader.cursor + TRACE_WORDS;
    this.#clusters.get(id)?.onTrace?.(reader);
    reader.cursor = end;
  }

  #event(kind: NativeEvent, id: number, a: number, b: number, detail: string): void {
    if (kind === boundary.NativeEvent.Timer) return this.#setTimer(a);
    if (kind === boundary.NativeEvent.Attend) {
      setImmediate(() => {
        this.native.attend();
      });
      return;
    }
    if (kind === boundary.NativeEvent.BlockDropped) return this.#blocks.release(a, false);
    (this.#links[id] ?? this.#clusters.get(id))?.onEvent(kind, a, b, detail);
  }

  /** Sets the one timer for all deadlines. A delay above the maximum of timers is split: the timer is set again when it fires.
   * It does not keep the process alive; links do. */
  #setTimer(delay: number): void {
    clearTimeout(this.#timer);
    this.#timer = noContext.run(() => setTimeout(this.#tick, Math.min(delay, LONGEST_TIMER)).unref());
  }

  #growInbox(words: number): Int32Array {
    this.#inbox = new Int32Array(words);
    return this.#inbox;
  }
}

let shared: Engine | undefined;

/** The engine of this environment, created at first use. Native callbacks run in the async context of its creation, hence `noContext`. */
export function engine(): Engine {
  shared ??= noContext.run(() => new Engine());
  return shared;
}
