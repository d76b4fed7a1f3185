/** Cursors that a cluster gives out in place of the servers', since those mean something only to the node that made them. */

/** How long a cursor is kept without use, in ms. */
export const IDLE_LIMIT = 300_000;
/** At most this many cursors are kept; then the one that was used longest ago is dropped. A cursor takes some hundred bytes. */
const MOST_CURSORS = 100_000;

interface Entry<T> {
  state: T;
  idleLimit: number;
  usedAt: number;
}

/** The cursors of one cluster client: numbers as text, from '1' on. Each stands for a state, such as a node and the cursor there. */
export class VirtualCursors {
  /** In the order of their last use. */
  readonly #entries = new Map<string, Entry<unknown>>();
  readonly #now: () => number;
  #last = 0;

  /** @param now returns the time in ms */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Returns a new cursor for this state. @param idleLimit how long it is kept without use, in ms */
  add(state: object, idleLimit = IDLE_LIMIT): string {
    this.#dropOld();
    const cursor = String(++this.#last);
    this.#entries.set(cursor, { state, idleLimit, usedAt: this.#now() });
    return cursor;
  }

  /** Returns the state of a cursor, and notes its use; `undefined` if the cursor is unknown, idle for too long, or of another kind. */
  use<T>(cursor: string, kind: abstract new (...args: never) => T): T | undefined {
    const entry = this.#entries.get(cursor);
    if (entry === undefined) return undefined;
    const now = this.#now();
    this.#entries.delete(cursor);
    if (now - entry.usedAt > entry.idleLimit) return undefined;
    this.#entries.set(cursor, entry);
    if (!(entry.state instanceof kind)) return undefined;
    entry.usedAt = now;
    return entry.state;
  }

  delete(cursor: string): void {
    this.#entries.delete(cursor);
  }

  /** Forgets all cursors, as the cluster was closed. Their numbers are not used again. */
  clear(): void {
    this.#entries.clear();
  }

  /** Drops the oldest cursors that are idle for too long, and one if there are too many. */
  #dropOld(): void {
    const now = this.#now();
    for (const [cursor, { usedAt, idleLimit }] of this.#entries) {
      if (now - usedAt <= idleLimit && this.#entries.size < MOST_CURSORS) return;
      this.#entries.delete(cursor);
    }
  }
}
