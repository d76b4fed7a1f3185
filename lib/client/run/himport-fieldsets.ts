/** Fieldsets of HIMPORT: those that the user has prepared, and those that the session of a connection has. */
import { ErrorReply, type CommandPhase } from '../../errors';
import type { EncodedCommand } from '../../wire/link-types';
import { encodeWords } from '../encoding/encoded-command';

/** A prepared list of fields. Preparing another list under the same name creates another object. */
export interface Fieldset {
  /** The command that prepares it. */
  readonly prepare: EncodedCommand;
  /** The previous fieldset of the same name, until the server has accepted this one. */
  before: Fieldset | undefined;
  state: 'sent' | 'accepted' | 'refused';
}

/** The fieldsets of a client and its duplicates, which share them. */
export class FieldsetRegistry {
  readonly #fieldsets = new Map<string, Fieldset>();

  get size(): number {
    return this.#fieldsets.size;
  }

  get(name: string): Fieldset | undefined {
    return this.#fieldsets.get(name);
  }

  /** Registers a fieldset that is about to be sent. Returns the existing one if it has the same fields. */
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

  /** Handles a refused fieldset: restores the previous fieldset of the name. */
  refused(name: string, fieldset: Fieldset): void {
    if (fieldset.state === 'accepted') return;
    fieldset.state = 'refused';
    if (this.#fieldsets.get(name) !== fieldset) return;
    let { before } = fieldset;
    while (before?.state === 'refused') before = before.before;
    // As a new object, since connections may hold the refused fieldset under this name.
    if (before === undefined) this.#fieldsets.delete(name);
    else this.#fieldsets.set(name, { ...before });
  }

  /** Removes a fieldset. @returns the argument for `restore`, in case the DISCARD never reaches the server */
  discard(name: string): [string, Fieldset][] {
    const fieldset = this.#fieldsets.get(name);
    this.#fieldsets.delete(name);
    return fieldset === undefined ? [] : [[name, fieldset]];
  }

  /** Removes all fieldsets. @returns the argument for `restore` */
  discardAll(): [string, Fieldset][] {
    const all = [...this.#fieldsets];
    this.#fieldsets.clear();
    return all;
  }

  restore(discarded: readonly [string, Fieldset][]): void {
    for (const [name, fieldset] of discarded) if (!this.#fieldsets.has(name)) this.#fieldsets.set(name, fieldset);
  }
}

/** A command to send before another one, with a handler for its failure. */
export interface FieldsetStep {
  readonly command: EncodedCommand;
  failed(error: unknown): void;
}

/** What a session has under a name. Without `fieldset` that is unknown. */
interface Holding {
  readonly fieldset?: Fieldset;
}

/**
 * The fieldsets in the session of one connection. It is updated when commands are sent, not when they are answered, since the
 * server executes them in the same order. Failures are corrected afterwards.
 */
export class FieldsetSession {
  readonly #held = new Map<string, Holding>();

  constructor(readonly connection: number) {}

  holds(name: string, fieldset: Fieldset): boolean {
    return this.#held.get(name)?.fieldset === fieldset;
  }

  /** Notes that PREPARE is being sent. @returns a function to call if it fails */
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

  /** Notes that DISCARD of these names is being sent. @returns a function to call if it fails */
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

  /** Notes that the server does not have the fieldset. */
  lost(name: string): void {
    this.#held.delete(name);
  }

  /** Returns the steps that discard fieldsets which were discarded over another connection. */
  discardMissed(registry: FieldsetRegistry): FieldsetStep[] {
    const missed = [...this.#held.keys()].filter((name) => registry.get(name) === undefined);
    if (missed.length === 0) return [];
    if (registry.size === 0) return [{ command: encodeWords(['HIMPORT', 'DISCARDALL']), failed: this.released(missed) }];
    return missed.map((name) => ({
      command: encodeWords(['HIMPORT', 'DISCARD', Buffer.from(name, 'latin1')]), failed: this.released([name]),
    }));
  }
}

/** Returns the name of a fieldset as a map key that keeps all bytes, as names need not be UTF-8. */
export function fieldsetName(fieldset: string | Buffer): string {
  return Buffer.from(fieldset as string).toString('latin1');
}

/** Whether a failed command was never written to the socket. */
export function wasQueued(error: unknown): boolean {
  return (error as { phase?: CommandPhase } | undefined)?.phase === 'queued';
}
