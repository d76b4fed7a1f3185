/** Native code that does nothing by itself: it notes what it is asked for and reads batches, and tests say what it answers. */
import type { NativeCallbacks, NativeEngine, NativeMemory } from '../../../lib/wire/addon';
import {
  ANSWER_FIRST, ANSWER_KIND, ANSWER_MISS, ANSWER_SECOND, CONTROL_BYTES, CONTROL_COUNT, CONTROL_DISPATCHING, DONE, FAILURE, INBOX_BLOCK,
  INBOX_COUNT, INBOX_HEADER, INBOX_LAST, META_FLAGS, META_LENGTH, META_LINK, META_SLOT, META_TICKET, META_TIMEOUT, META_WORDS,
  type NativeEvent, type PushKind, QUESTION_AS_TEXT, QUESTION_CACHE, QUESTION_DATABASE, QUESTION_KEY_AT, QUESTION_KEY_COUNT,
  QUESTION_LENGTH, QUESTION_START, QUESTION_TICKET, QUESTION_TTL, TICKET_MONITOR_LINE, TICKET_PUSH,
} from '../../../lib/wire/boundary.generated';
import { Engine } from '../../../lib/wire/engine';
import { tapeOf } from './tape-builder';

/** A command as it lies in a batch. */
export interface Taken {
  link: number;
  ticket: number;
  /** Its own bytes. */
  text: string;
  flags: number;
  timeout: number;
  slot: number;
}

/** What ends a request, or comes without one. Replies are RESP. */
export type Item =
  | { ticket: number; reply: string }
  | { ticket: number; failure: number; phase: number }
  | { ticket: number; done: true }
  | { link: number; push: PushKind; reply: string }
  | { link: number; line: string };

/** The block that a dispatch refers to, if it is not the shared area. */
interface InBlock {
  block: number;
  /** The engine has dropped the block. */
  isLast: boolean;
}

/** What the control memory asks of a cache. */
export interface Question {
  cache: number;
  text: string;
  keyAt: number;
  keyCount: number;
  database: number;
  ticket: number;
}

/** A string is the result of the call. */
export type Answer = string | { kind: number; first?: number; second?: number };

export class RecordingNative implements NativeEngine {
  /** Every call but those for batches and look-ups, in order. */
  readonly calls: [name: string, ...args: unknown[]][] = [];
  readonly batches: Taken[][] = [];
  readonly questions: (Question & { ttl: number; asText: boolean })[] = [];
  readonly writes: Question[] = [];
  /** What the next look-ups find; nothing is known of the others. */
  readonly answers: Answer[] = [];
  /** Whether a request that has left the batch can still be taken back. */
  isUnwritten = true;
  replyMemory: { bytes: Buffer; words: Int32Array } | undefined;
  #links = 0;

  constructor(readonly callbacks: NativeCallbacks, readonly memory: NativeMemory, readonly useLibuv: boolean) {}

  /** A method that is noted and gives always the same. */
  #noted<NAME extends keyof NativeEngine>(name: NAME, gives?: ReturnType<NativeEngine[NAME]>): (...args: unknown[]) => never {
    return (...args) => {
      this.calls.push([name, ...args]);
      return gives as never;
    };
  }

  /** Those calls of a name. */
  callsOf(name: keyof NativeEngine): unknown[][] {
    return this.calls.filter(([called]) => called === name).map(([, ...args]) => args);
  }

  flush(): void {
    const { control, meta, out } = this.memory;
    const batch: Taken[] = [];
    let start = 0;
    for (let at = 0; batch.length < (control[CONTROL_COUNT] as number); at += META_WORDS) {
      const [link, ticket, length, flags, timeout, slot] = [META_LINK, META_TICKET, META_LENGTH, META_FLAGS, META_TIMEOUT, META_SLOT]
        .map((word) => meta[at + word] as number) as [number, number, number, number, number, number];
      batch.push({ link, ticket, text: out.toString('latin1', start, start + length), flags, timeout, slot });
      start += length;
    }
    if (start !== control[CONTROL_BYTES]) throw new Error(`${start} bytes of commands, and ${control[CONTROL_BYTES]} in the batch`);
    this.batches.push(batch);
    control[CONTROL_COUNT] = 0;
    control[CONTROL_BYTES] = 0;
  }

  /** Hands items over in one call, as the engine does: what is queued meanwhile is taken afterwards. */
  dispatch(items: readonly Item[], at: InBlock = { block: 0, isLast: false }): void {
    const { area, control } = this.memory;
    const texts: Buffer[] = [];
    const words: number[] = [];
    let offset = 0;
    for (const item of items) {
      if ('ticket' in item) words.push(item.ticket);
      else if ('push' in item) words.push(TICKET_PUSH, item.link, item.push);
      else words.push(TICKET_MONITOR_LINE, item.link);
      if ('failure' in item) words.push(FAILURE, item.failure | item.phase << 8);
      else if ('done' in item) words.push(DONE);
      else {
        const text = 'line' in item ? `+${item.line}\r\n` : item.reply;
        words.push(...tapeOf(text, offset).words);
        texts.push(Buffer.from(text, 'latin1'));
        offset += text.length;
      }
    }
    const all = Buffer.concat(texts);
    all.copy(at.block === 0 ? area : this.callbacks.allocate(at.block, all.length) as Buffer);
    const { inbox } = this.memory;
    inbox[INBOX_COUNT] = items.length;
    inbox[INBOX_BLOCK] = at.block;
    inbox[INBOX_LAST] = at.isLast ? 1 : 0;
    inbox.set(words, INBOX_HEADER);
    control[CONTROL_DISPATCHING] = 1;
    this.callbacks.dispatch('');
    control[CONTROL_DISPATCHING] = 0;
    if (control[CONTROL_COUNT] !== 0) this.flush();
  }

  emit(kind: NativeEvent, link = 0, a = 0, b = 0, detail = ''): void {
    this.callbacks.event(kind, link, a, b, detail);
  }

  open(...args: Parameters<NativeEngine['open']>): number {
    this.calls.push(['open', ...args]);
    return this.#links++;
  }

  readonly whereabouts = (): string | null => null;

  cancel(ticket: number): boolean {
    this.calls.push(['cancel', ticket]);
    return this.isUnwritten;
  }

  cacheFinder(): () => string | undefined {
    return () => {
      const { control } = this.memory;
      const ttl = control[QUESTION_TTL] as number;
      this.questions.push({ ...this.#question(), ttl, asText: control[QUESTION_AS_TEXT] !== 0 });
      const answer = this.answers.shift() ?? { kind: ANSWER_MISS };
      if (typeof answer === 'string') return answer;
      control[ANSWER_KIND] = answer.kind;
      control[ANSWER_FIRST] = answer.first ?? 0;
      control[ANSWER_SECOND] = answer.second ?? 0;
      return undefined;
    };
  }

  cacheWriter(): () => void {
    return () => {
      this.writes.push(this.#question());
    };
  }

  #question(): Question {
    const { control, out } = this.memory;
    const at = (word: number): number => control[word] as number;
    return {
      cache: at(QUESTION_CACHE), text: out.toString('latin1', at(QUESTION_START), at(QUESTION_START) + at(QUESTION_LENGTH)),
      keyAt: at(QUESTION_KEY_AT), keyCount: at(QUESTION_KEY_COUNT), database: at(QUESTION_DATABASE), ticket: at(QUESTION_TICKET),
    };
  }

  setReplyMemory(bytes: Buffer, words: Int32Array): void {
    this.replyMemory = { bytes, words };
  }

  readonly lend = this.#noted('lend');
  readonly takeSpare = this.#noted('takeSpare');
  readonly release = this.#noted('release');
  readonly close = this.#noted('close');
  readonly destroy = this.#noted('destroy');
  readonly giveUp = this.#noted('giveUp');
  readonly answer = this.#noted('answer');
  readonly askCredentials = this.#noted('askCredentials');
  readonly setDatabase = this.#noted('setDatabase');
  readonly setRestored = this.#noted('setRestored');
  readonly setSubscriptions = this.#noted('setSubscriptions');
  readonly setMonitor = this.#noted('setMonitor');
  readonly setCredentials = this.#noted('setCredentials');
  readonly inFlight = this.#noted('inFlight', 0);
  readonly setReferenced = this.#noted('setReferenced');
  readonly subscribe = this.#noted('subscribe');
  readonly unsubscribe = this.#noted('unsubscribe');
  readonly monitor = this.#noted('monitor');
  readonly reset = this.#noted('reset');
  readonly tick = this.#noted('tick');
  readonly attend = this.#noted('attend');
  readonly provokeFault = this.#noted('provokeFault');
  readonly takeBlock = this.#noted('takeBlock');
  readonly trimBlocks = this.#noted('trimBlocks', false);
  readonly makeCache = this.#noted('makeCache', 0);
  readonly dropCache = this.#noted('dropCache');
  readonly writeCached = this.#noted('writeCached');
  readonly untrack = this.#noted('untrack');
  readonly abandonLoad = this.#noted('abandonLoad');
  readonly clearCache = this.#noted('clearCache');
  readonly invalidateCached = this.#noted('invalidateCached');
  readonly hasCached = this.#noted('hasCached', false);
  readonly removeCached = this.#noted('removeCached');
  readonly removeOldestCached = this.#noted('removeOldestCached');
  readonly cacheCounts = this.#noted('cacheCounts', { entries: 0, bytes: 0, loads: 0, evictions: 0 });
  readonly setCacheHeard = this.#noted('setCacheHeard');
  readonly cacheNews = this.#noted('cacheNews', []);
  readonly openCluster = this.#noted('openCluster', 1 << 30);
  readonly discover = this.#noted('discover');
  readonly refreshCluster = this.#noted('refreshCluster');
  readonly openNode = this.#noted('openNode');
  readonly nodeAt = this.#noted('nodeAt', -1);
  readonly closeCluster = this.#noted('closeCluster');
  readonly destroyCluster = this.#noted('destroyCluster');
}

/** An engine of its own on such a double. */
export function recordedEngine(): { engine: Engine; native: RecordingNative } {
  const engine = new Engine({ NativeEngine: RecordingNative });
  return { engine, native: engine.native as RecordingNative };
}
