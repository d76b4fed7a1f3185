/** Fieldsets of HIMPORT: which there are, and which of them the server's session of a connection holds. */
import { ErrorReply, type CommandPhase } from '../../errors';
import type { EncodedCommand } from '../../wire/link-types';
import { encodeWords } from '../encoding/encoded-command';

/** A prepared list of fields. Another list under the same name is another object. */
export interface Fieldset {
  /** The command that prepares it. */
  readonly prepare: EncodedCommand;
  /** What the name stood for before; forgotten when the server has accepted this one. */
  before: Fieldset | undefined;
  state: 'sent' | 'accepted' | 'refused';
}

/** The fieldsets of a logical client: a client and its duplicates, which share it. */
export class FieldsetRegistry {
  readonly #fieldsets = new Map<string, Fieldset>();

  get size(): number {
    return this.#fieldsets.size;
  }

  get(name: string): Fieldset | undefined {
    return this.#fieldsets.get(name);
  }

  /** Registers a fieldset that is about to be sent; the same fields once more are the fieldset that is there. */
  prepare(name: string, prepare: EncodedCommand): Fieldset {
    const before = this.#fieldsets.get(name);
    if (before?.state === 'accepted' && before.prepare.bytes.equals(prepare.bytes)) return before;
    const fieldset: Fieldset = { prepare, before, state: 'sent' };
    this.#fieldsets.set(name, fieldset);
    return fieldset;
  }

  accepted(fieldset: Fieldset): void {
    fieldset.state = 'accepted';
    fieldset.before = undefined;
  }

  /** The server did not take it: the name stands for what it stood for before. */
  refused(name: string, fieldset: Fieldset): void {
    if (fieldset.state === 'accepted') return;
    fieldset.state = 'refused';
    if (this.#fieldsets.get(name) !== fieldset) return;
    let { before } = fieldset;
    while (before?.state === 'refused') before = before.before;
    // As a new object: connections may have been given the refused one meanwhile.
    if (before === undefined) this.#fieldsets.delete(name);
    else this.#fieldsets.set(name, { ...before });
  }

  /** @returns what has to be given to `restore` if the server never heard of it */
  discard(name: string): [string, Fieldset][] {
    const fieldset = this.#fieldsets.get(name);
    this.#fieldsets.delete(name);
    return fieldset === undefined ? [] : [[name, fieldset]];
  }

  /** Likewise, for all. */
  discardAll(): [string, Fieldset][] {
    const all = [...this.#fieldsets];
    this.#fieldsets.clear();
    return all;
  }

  restore(discarded: readonly [string, Fieldset][]): void {
    for (const [name, fieldset] of discarded) if (!this.#fieldsets.has(name)) this.#fieldsets.set(name, fieldset);
  }
}

/** A command to send before another one, and what to do if it fails. */
export interface Step {
  readonly command: EncodedCommand;
  failed(error: unknown): void;
}

/** What a session holds under a name; without a fieldset: something, or nothing. */
interface Holding {
  readonly fieldset?: Fieldset;
}

/**
 * The fieldsets of one connection's session. It is changed when commands are handed over, not when they are answered, since the
 * server runs them in that order; failures are corrected later.
 */
export class FieldsetSession {
  readonly #held = new Map<string, Holding>();

  constructor(readonly connection: number) {}

  holds(name: string, fieldset: Fieldset): boolean {
    return this.#held.get(name)?.fieldset === fieldset;
  }

  /** PREPARE is sent. @returns corrects that if it fails */
  prepared(name: string, fieldset: Fieldset): (error: unknown) => void {
    const before = this.#held.get(name);
    const holding = { fieldset };
    this.#held.set(name, holding);
    return (error) => {
      if (this.#held.get(name) !== holding) return;
      const now = wasQueued(error) || (before === undefined && error instanceof ErrorReply) ? before : {};
      if (now === undefined) this.#held.delete(name);
      else this.#held.set(name, now);
    };
  }

  /** DISCARD of these names is sent. @returns corrects that if it fails */
  released(names: Iterable<string>): (error: unknown) => void {
    const before: [string, Holding][] = [];
    for (const name of names) {
      const holding = this.#held.get(name);
      if (holding !== undefined) before.push([name, holding]);
      this.#held.delete(name);
    }
    return (error) => {
      for (const [name, holding] of before) {
        if (!this.#held.has(name)) this.#held.set(name, wasQueued(error) ? holding : {});
      }
    };
  }

  releasedAll(): (error: unknown) => void {
    return this.released([...this.#held.keys()]);
  }

  /** The server says that it has no such fieldset. */
  lost(name: string): void {
    this.#held.delete(name);
  }

  /** Discards what another connection has discarded. */
  discardMissed(registry: FieldsetRegistry): Step[] {
    const missed = [...this.#held.keys()].filter((name) => registry.get(name) === undefined);
    if (missed.length === 0) return [];
    if (registry.size === 0) return [{ command: encodeWords(['HIMPORT', 'DISCARDALL']), failed: this.released(missed) }];
    return missed.map((name) => ({
      command: encodeWords(['HIMPORT', 'DISCARD', Buffer.from(name, 'latin1')]), failed: this.released([name]),
    }));
  }
}

/** The name of a fieldset as a key: its bytes, as many names are no UTF-8. */
export function fieldsetName(fieldset: string | Buffer): string {
  return Buffer.from(fieldset as string).toString('latin1');
}

/** Whether a command that failed was never written. */
export function wasQueued(error: unknown): boolean {
  return (error as { phase?: CommandPhase } | undefined)?.phase === 'queued';
}
