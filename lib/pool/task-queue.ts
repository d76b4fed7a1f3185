/** Tasks that wait for a client, in order, each for a limited time. */
import { noContext } from '../context';
import { ClientError, TimeoutError, describeError, refusedCommand } from '../errors';
import { LONGEST_TIMER } from '../timers';
import type { PooledClient } from './pooled-client';

/** What waits. */
export interface Task {
  /** True to have the client to itself. */
  readonly isExclusive: boolean;
  run: (client: PooledClient) => unknown;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

interface Entry {
  readonly task: Task;
  /** On the clock of `performance`; Infinity without a limit. */
  readonly deadline: number;
  before: Entry | undefined;
  after: Entry | undefined;
}

/** First in, first out. All wait equally long at most, so that one timer for the first one serves for all. */
export class TaskQueue {
  readonly #limit: number;
  readonly #expired: () => void;
  readonly #cause: () => Error | undefined;
  readonly #entries = new Map<Task, Entry>();
  #first: Entry | undefined;
  #last: Entry | undefined;
  #exclusive = 0;
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param limit ms that a task may wait; 0 for no limit
   * @param expired told after tasks were rejected because of it
   * @param cause why there was no client, if that is known
   */
  constructor(limit: number, expired: () => void, cause: () => Error | undefined = () => undefined) {
    this.#limit = limit;
    this.#expired = expired;
    this.#cause = cause;
  }

  get length(): number {
    return this.#entries.size;
  }

  /** How many want a client to themselves. */
  get exclusive(): number {
    return this.#exclusive;
  }

  get first(): Task | undefined {
    return this.#first?.task;
  }

  push(task: Task): void {
    const limit = this.#limit === 0 ? Infinity : this.#limit;
    const entry: Entry = { task, deadline: performance.now() + limit, before: this.#last, after: undefined };
    if (this.#last === undefined) this.#first = entry;
    else this.#last.after = entry;
    this.#last = entry;
    this.#entries.set(task, entry);
    if (task.isExclusive) this.#exclusive++;
    if (this.#timer === undefined) this.#setTimer();
  }

  /** Takes the first one. */
  shift(): Task | undefined {
    const task = this.#first?.task;
    if (task !== undefined) this.remove(task);
    return task;
  }

  /** Takes one that waits. False when it does not wait any more. */
  remove(task: Task): boolean {
    const entry = this.#entries.get(task);
    if (entry === undefined) return false;
    this.#entries.delete(task);
    if (task.isExclusive) this.#exclusive--;
    if (entry.before === undefined) this.#first = entry.after;
    else entry.before.after = entry.after;
    if (entry.after === undefined) this.#last = entry.before;
    else entry.after.before = entry.before;
    if (this.#first === undefined) this.#stopTimer();
    return true;
  }

  /** Rejects all. */
  rejectAll(error: () => Error): void {
    for (let task = this.shift(); task !== undefined; task = this.shift()) task.reject(error());
  }

  #setTimer(): void {
    const deadline = this.#first?.deadline ?? Infinity;
    if (deadline === Infinity) return;
    // A ms more: timers may fire a little early.
    const delay = Math.min(Math.max(0, deadline - performance.now()) + 1, LONGEST_TIMER);
    this.#timer = noContext.run(() => setTimeout(() => this.#expire(), delay));
  }

  #stopTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #expire(): void {
    this.#timer = undefined;
    const now = performance.now();
    let count = 0;
    for (let first = this.#first; first !== undefined && first.deadline <= now; first = this.#first) {
      this.remove(first.task);
      const error = new TimeoutError(`Timeout waiting for a client after ${this.#limit}ms`);
      first.task.reject(describeError(error, { phase: 'queued', cause: this.#cause() }));
      count++;
    }
    if (this.#timer === undefined && this.#first !== undefined) this.#setTimer();
    if (count > 0) this.#expired();
  }
}

/** Rejects with errors that say which command it was, where they are this one's own: errors of the network are shared. */
export function naming(reject: (error: unknown) => void, name: string | undefined): (error: unknown) => void {
  if (name === undefined) return reject;
  return (error) => reject(error instanceof ClientError && error.command === undefined ? refusedCommand(error, name) : error);
}
